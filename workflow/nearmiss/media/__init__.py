"""Pictures and documents that people send: told by their content, and made anew without what tells of a person."""
