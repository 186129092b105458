"""Reminding: what is due of whom, on which day it is told, and to whom besides when nothing happens."""
