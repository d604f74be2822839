"""The homeport command."""
