"""Indicators: the team's figures, each defined once, computed as of any day, and traced to the records that count."""
