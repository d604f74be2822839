"""The process that composes the rooms."""
