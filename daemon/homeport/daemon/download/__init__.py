"""Getting a model: a file, checked and whole, or one clear reason why not."""
