"""Schemas: what the files of an instance may say, as JSON Schema with words for people."""
