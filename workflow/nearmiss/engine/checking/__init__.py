"""Checking: a register judged as it stands in its files, and the mending of what is only form."""
