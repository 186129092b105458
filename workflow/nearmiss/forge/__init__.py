"""The adapters to forges: one file for each, over one way of speaking HTTP."""
