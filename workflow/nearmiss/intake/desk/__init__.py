"""The team's desk: what waits, new reports, records, proposals, and every step by the engine's own calls."""
