"""Leaks: what in a repository tells who reported without a name, found in every place where git keeps something."""
