"""What was found by trying, kept over restarts, and put above what a model's label says.

One file in the state folder. A finding holds for the model as it was when it was tried: other
weights under the same name are another model. Nothing is ever read from it but what was
written here.
"""

from __future__ import annotations

import dataclasses
import datetime
import logging
from pathlib import Path
from typing import Literal

import msgspec

from homeport.daemon.storage.files import write_whole
from homeport.policies.model import Capability, ModelCard

FILE_NAME = "abilities.json"
CLIENT = "homeport doctor"
"""Who asks where a model is tried."""

log = logging.getLogger("homeport.trials")

Outcome = Literal["yes", "no", "unknown"]


class Finding(msgspec.Struct, frozen=True):
    """One model, tried once."""

    version: str
    """Which weights; see `version_of`."""
    at_ms: int
    able: tuple[Capability, ...] = ()
    unable: tuple[Capability, ...] = ()


_decoder = msgspec.json.Decoder(dict[str, Finding])


def version_of(card: ModelCard) -> str:
    """What tells these weights from others under the same name."""
    parts = (card.version, card.size_bytes, card.quantisation, card.parameters, card.architecture)
    return ":".join("" if part is None else str(part) for part in parts)


class Tried:
    """All findings. Reads its file once, at the first question."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE_NAME
        self._findings: dict[str, Finding] | None = None

    def __repr__(self) -> str:
        return f"Tried({len(self._findings or {})} models tried)"

    def of(self, card: ModelCard) -> Finding | None:
        """What holds for this model as it is now."""
        finding = self._all().get(card.id)
        return finding if finding is not None and finding.version == version_of(card) else None

    def note(self, card: ModelCard, finding: Finding) -> None:
        """Keep a finding. Blocking; raises OSError."""
        self._findings = {**self._all(), card.id: finding}
        write_whole(self._path, msgspec.json.encode(self._findings).decode(), mode=0o600)

    def amended(self, card: ModelCard) -> ModelCard:
        """The card with found abilities above labelled ones."""
        finding = self.of(card)
        if finding is None:
            return card
        able = sorted({*card.capabilities, *finding.able} - {*finding.unable})
        when = datetime.datetime.fromtimestamp(finding.at_ms / 1e3).astimezone()
        day = when.strftime("%Y-%m-%d")
        lacks = tuple((ability, day) for ability in finding.unable)
        return dataclasses.replace(card, capabilities=tuple(able), lacks=lacks)

    def _all(self) -> dict[str, Finding]:
        if self._findings is None:
            self._findings = self._read()
        return self._findings

    def _read(self) -> dict[str, Finding]:
        try:
            return _decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s is not readable: %s; models count as not tried", self._path, error)
            return {}
