"""Exporting: the records of a register, as other programs and spreadsheets take them."""
