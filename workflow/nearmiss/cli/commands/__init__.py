"""The commands, each in the module of its name: it parses, calls a use case, and prints what came of it."""
