"""Working with a forge: opening requests on it, and turning what people say there into sign-offs."""
