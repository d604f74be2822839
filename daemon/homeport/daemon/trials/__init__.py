"""Finding out what a model can do by trying it."""
