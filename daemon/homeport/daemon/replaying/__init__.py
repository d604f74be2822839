"""What another policy would have done with the prompts of the last days."""
