"""For tests of a cloud on this very machine: out of reach where nothing but loopback is up."""

from __future__ import annotations

import pytest

from homeport.daemon.probes.routes import interface_up

needs_an_interface = pytest.mark.skipif(
    not interface_up(), reason="without any network interface every cloud model is out of reach"
)
