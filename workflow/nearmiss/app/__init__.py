"""The composition root: opens a repository and plugs the adapters into the engine's ports."""
