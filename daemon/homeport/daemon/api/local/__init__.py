"""Our own door: what the command line and the terminal interface ask."""
