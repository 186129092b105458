"""The audit: the whole history of the main branch judged by the rules that judged each request."""
