"""Completion: what shells are told to load, and what they are offered while somebody types."""
