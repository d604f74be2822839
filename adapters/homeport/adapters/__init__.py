"""Each module speaks to one kind of model."""
