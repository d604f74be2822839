"""Text in, measurements out: pure, deterministic, no model."""
