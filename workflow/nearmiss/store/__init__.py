"""Reading and writing the YAML, JSON and table files of an instance."""
