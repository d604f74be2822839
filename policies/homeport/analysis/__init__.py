"""Text in, measurements out: pure, deterministic, no model."""

from homeport.analysis.facts import Facts, Turn
from homeport.analysis.measure import measure
from homeport.analysis.tokens import count_bound, estimate_tokens

__all__ = ["Facts", "Turn", "count_bound", "estimate_tokens", "measure"]
