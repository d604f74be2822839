"""`python -m homeport.lab`."""

from __future__ import annotations

import sys

from homeport.lab.main import main

if __name__ == "__main__":
    sys.exit(main())
