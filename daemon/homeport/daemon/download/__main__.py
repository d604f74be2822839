"""`python -m homeport.daemon.download NAME`: fetch a model, beside the daemon or without one."""

from __future__ import annotations

import sys

from homeport.daemon.download.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
