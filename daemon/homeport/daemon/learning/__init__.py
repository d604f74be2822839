"""What answers were worth, and what follows from it for the next ones."""
