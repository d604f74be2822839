"""GGUF files: their headers, the models they hold, where they lie."""
