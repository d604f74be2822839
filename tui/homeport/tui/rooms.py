"""The screens beside Live, by name; each is loaded when it is wanted first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from homeport.tui.room import RoomScreen

RoomName = Literal["spend", "models", "machine"]


def room(name: RoomName, *, ascii_only: bool) -> RoomScreen:
    """A fresh screen."""
    if name == "models":
        from homeport.tui.models import ModelsScreen

        return ModelsScreen(ascii_only=ascii_only)
    if name == "machine":
        from homeport.tui.machine import MachineScreen

        return MachineScreen(ascii_only=ascii_only)
    from homeport.tui.spend import SpendScreen

    return SpendScreen(ascii_only=ascii_only)
