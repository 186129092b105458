"""Office documents that people send: each part that one sees made anew, and nothing else of the package kept."""
