"""The lessons-learned site: a pure page model under a thin MkDocs plugin."""
