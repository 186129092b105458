"""What is written down: records, sign-offs, ids, people, vocabulary, risk. Pure pydantic, no input or output."""
