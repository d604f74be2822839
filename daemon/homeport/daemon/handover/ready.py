"""Has at hand what an answer that is cut off needs, before the first one is.

Nothing of it is needed for a start, and the first to be cut off would wait while it is read.
"""

from __future__ import annotations

import logging
from importlib import import_module

ROOMS = (
    *("graphemes", "splice", "json_so_far", "seams", "way", "way_on", "beside"),
    *("pinned", "call_seams", "completing", "further_calls", "calling_on"),
)

log = logging.getLogger(__name__)


def get_ready() -> None:
    """Load all of it. What cannot be loaded now is said, and tried again when it is needed."""
    for name in ROOMS:
        try:
            import_module(f"{__package__}.{name}")
        except ImportError as error:
            log.warning("%s could not be loaded beforehand: %s", name, error)
