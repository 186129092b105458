"""Indexing: what was found out about records once, kept by their content, so that others need only look."""
