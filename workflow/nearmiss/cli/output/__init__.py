"""Output: what came of a command, as pages and sentences for people and as plain values for programs."""
