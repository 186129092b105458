"""What an audit found, as text, as JSON, as Markdown, and as one page to print."""
