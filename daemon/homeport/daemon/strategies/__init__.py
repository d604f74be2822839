"""One module for each way of using the order of candidates."""
