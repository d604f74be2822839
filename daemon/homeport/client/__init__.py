"""What a client may know: paths, wire values, connections."""
