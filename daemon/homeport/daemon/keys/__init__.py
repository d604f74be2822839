"""Keys of cloud providers: found, kept and judged, never shown."""
