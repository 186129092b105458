"""The gate: a request judged from base to merge result, before it can be in force."""
