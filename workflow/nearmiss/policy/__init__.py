"""The state machine, guards, roles, deadlines and findings: pure functions over plain data."""
