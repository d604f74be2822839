"""Prompts that are kept until they can be sent, and their answers until they are read."""
