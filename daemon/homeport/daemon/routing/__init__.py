"""The way of one prompt: measured, decided, tried, answered, explained."""
