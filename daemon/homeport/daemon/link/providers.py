"""What was heard from each provider's own host, by real requests and by probes.

A bad word of a request makes doubt; a probe confirms it. Bad words are forgotten
after a while, so that where no probe may be sent the next prompt tries.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from homeport.adapters.places import host_of

Truth = Literal["reached", "refused", "unreachable", "captive"]
"""`refused`: somebody answered, and was no use. `captive`: no certificate of its own."""
Outlook = Literal["fine", "degraded", "captive", "unreachable"]

BELIEVED_S = 120.0
MOST = 64


@dataclass(frozen=True, slots=True)
class Heard:
    """The last word of one provider."""

    truth: Truth
    at_s: float
    confirmed: bool


class Providers:
    """The last words, by origin."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._heard: dict[str, Heard] = {}

    def __repr__(self) -> str:
        words = ", ".join(f"{host_of(at)} {heard.truth}" for at, heard in self._current().items())
        return f"Providers({words})"

    def note(self, origin: str, truth: Truth) -> None:
        """A connection has shown something; what a probe had confirmed stays so."""
        before = self._heard.pop(origin, None)
        confirmed = before is not None and before.truth == truth and before.confirmed
        self._heard[origin] = Heard(truth, self._clock_s(), confirmed or truth == "reached")
        if len(self._heard) > MOST:
            self._heard.pop(next(iter(self._heard)))

    def confirm(self, origin: str) -> None:
        """The last word of one was a probe's."""
        heard = self._heard.get(origin)
        if heard is not None:
            self._heard[origin] = replace(heard, confirmed=True)

    def forget(self) -> None:
        """Nothing is known any more."""
        self._heard.clear()

    def outlook(self) -> tuple[Outlook, str]:
        """How they stand together, and the sentence for it."""
        current = self._current()
        bad = {at: heard for at, heard in current.items() if heard.truth != "reached"}
        if not bad:
            return "fine", ""
        hosts = _hosts(tuple(bad))
        if len(bad) == len(current) and all(heard.confirmed for heard in bad.values()):
            truths = {heard.truth for heard in bad.values()}
            if "captive" in truths:
                return "captive", (
                    f"{hosts} cannot show a certificate of its own: sign in to this network with "
                    "a browser, or name the authority that you trust in tls.ca_file."
                )
            if truths == {"unreachable"}:
                return "unreachable", f"There is a route, but {hosts} cannot be reached."
        return "degraded", f"{hosts} cannot be reached."

    @property
    def in_doubt(self) -> bool:
        """Somebody could not be reached lately: a probe would tell how things are."""
        return any(heard.truth != "reached" for heard in self._current().values())

    def _current(self) -> dict[str, Heard]:
        since = self._clock_s() - BELIEVED_S
        return {
            origin: heard
            for origin, heard in self._heard.items()
            if heard.truth == "reached" or heard.at_s >= since
        }


def _hosts(origins: Sequence[str]) -> str:
    names = [host_of(origin) for origin in origins]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
