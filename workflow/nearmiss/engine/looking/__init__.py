"""Looking: the records of a register as lists and pages, and what waits for whom."""
