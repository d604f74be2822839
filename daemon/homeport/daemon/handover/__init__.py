"""How an answer that was cut off goes on with another model."""
