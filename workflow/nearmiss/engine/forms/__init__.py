"""Forms of the sections of a record, made from the models: what is asked, how it is answered, and what that changes."""
