"""The use cases, and the ports through which they reach files, git, the clock and chance."""
