"""Starts the terminal interface."""

from homeport.tui.main import main

if __name__ == "__main__":
    raise SystemExit(main())
