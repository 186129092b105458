"""Jinja: skeletons, letters and pages from templates. Record text is data here, never a template."""
