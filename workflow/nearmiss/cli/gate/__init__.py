"""What the gate decided, as text, as JSON, as a comment on a request, and as what forges read from a job."""
