"""The command line: parse, call a use case, print its result for people or as JSON."""
