"""One module for each wire that the daemon serves."""
