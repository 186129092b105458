"""The named guards: what a transition asks of a record's content beyond the fields that must be there."""
