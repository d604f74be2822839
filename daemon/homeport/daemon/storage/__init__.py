"""What must survive: one SQLite file with one writing thread, and whole files."""
