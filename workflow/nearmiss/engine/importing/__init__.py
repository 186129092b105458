"""Importing: foreign tables become reports, by a mapping that is data and a plan that anybody can read first."""
