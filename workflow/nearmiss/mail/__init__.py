"""Letters: made as plain text, and handed to a mail server."""
