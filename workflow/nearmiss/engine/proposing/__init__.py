"""Proposing: steps and drafts as branches, the sign-offs on them, and the merge that puts them in force."""
