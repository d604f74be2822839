"""Looks at this machine, off the event loop."""
