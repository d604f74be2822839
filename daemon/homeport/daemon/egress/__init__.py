"""The one gate through which anything leaves, and the connections behind it."""
