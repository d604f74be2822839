"""Starts the terminal interface."""

from homeport.tui.main import main

raise SystemExit(main())
