"""The versions that a client and a daemon compare when they meet."""

VERSION = "0.1.0"
"""Of this program, as in `pyproject.toml`; reading package metadata costs more than a start-up."""

API_VERSION = 1
"""Of what crosses `/homeport/v1`; raised when an older client could misread it."""
