"""Whether this machine is connected, and what tells of it."""
