"""Whether two prompts say the same, so surely that the answer to one may be given to the other.

Pure: texts in, a `Sameness` out. Being alike is never enough: every gate must agree.
"""

from homeport.analysis.sameness.gates import (
    GATES,
    Sameness,
    nearest,
    nearest_in_meaning,
    plainest,
    same,
)

__all__ = ["GATES", "Sameness", "nearest", "nearest_in_meaning", "plainest", "same"]
