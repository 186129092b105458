"""Reading and writing git: objects, references, the checkout, remotes. The only room that knows git."""
