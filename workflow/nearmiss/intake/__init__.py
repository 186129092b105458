"""The web application: anybody reports on a phone and hears back, and the team has its desk. Parse, call, show."""
