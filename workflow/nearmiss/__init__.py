"""Near misses and CAPA as records in git: validated, signed off, proved, published."""

__version__ = "0.1.0"
