"""The intake: what people report through the form, until it is committed, and what is said to them and to the team."""
