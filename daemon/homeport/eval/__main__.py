"""`python -m homeport.eval`."""

from __future__ import annotations

import sys

from homeport.eval.main import main

if __name__ == "__main__":
    sys.exit(main())
