"""The policies that there are, shipped and the person's own: read, checked, tried."""
