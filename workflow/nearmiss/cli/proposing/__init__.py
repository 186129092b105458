"""Proposing: what the commands share that draft, propose, refresh and sign."""
