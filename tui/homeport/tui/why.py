"""The Why screen: one decision, everything about it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from homeport.client.errors import ClientError
from homeport.client.wire import RequestView, Why
from homeport.tui.banner import Banner
from homeport.tui.feed_lines import headline, reason
from homeport.tui.house import bindings_of
from homeport.tui.judging import Thumb
from homeport.tui.page_screen import PageScreen
from homeport.tui.reducer import CUT_OFF
from homeport.tui.state import is_running
from homeport.tui.why_lines import why_lines
from homeport.tui.words import Line, crop, wrapped


class WhyScreen(PageScreen, inherit_bindings=False):
    """Asks the daemon when it opens, when its prompt moves on, and at `r`."""

    NAME = "why"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("why")

    def __init__(self, request: RequestView, at: str = "", *, ascii_only: bool) -> None:
        super().__init__(f"why {crop(request.id, 24)}", ascii_only=ascii_only)
        self.banner = Banner(ascii_only=ascii_only)
        self._request = request
        self._why: Why | None = None
        self._trouble = ""
        self._at = at
        """The section to go to when there is an answer."""

    def compose_middle(self) -> ComposeResult:
        """What is unusual, and the page."""
        yield self.banner
        yield self.page

    def on_mount(self) -> None:
        """Asks."""
        self._request = self.house.state.rows.get(self._request.id, self._request)
        super().on_mount()
        self._ask()

    def page_lines(self, width: int) -> list[Line]:
        """The answer; until then, that it was asked; or why there is none."""
        if self._why:
            links = self.house.state.history.links
            return why_lines(self._why, self.house.now_ms(), width, links)
        if self._trouble:
            return _without_answer(self._request, self._trouble, width)
        return [[("Asking the daemon…", "muted")]]

    def paint_middle(self) -> None:
        """Asks again when the prompt has moved on since."""
        self.banner.tell(self.house.state, self.house.size, alone=True)
        known = self.house.state.rows.get(self._request.id, self._request)
        if known != self._request and self.house.state.is_watched:
            self._request = known
            self._ask()
        super().paint_middle()
        if self._at and self._why:
            self._go_to_section()

    def _go_to_section(self) -> None:
        """Puts its title on the first line."""
        found = self.page.find(self._at.upper())
        self._at = ""
        if found >= 0:
            self.page.go(found - self.page.scroll_offset.y)
            super().paint_middle()

    def action_retry(self) -> None:
        """Asks again."""
        self.note = ""
        self._ask()

    def action_what_if(self) -> None:
        """What another policy would have done."""
        self.note = ""
        self._at = "what if"
        self.paint()

    def action_thumbs_up(self) -> None:
        """The answer was good."""
        self._judge("up")

    def action_thumbs_down(self) -> None:
        """The answer was bad."""
        self._judge("down")

    def _judge(self, verdict: Thumb) -> None:
        self.house.judge(self._request, verdict, self.say)

    def action_copy(self) -> None:
        """The id, to the clipboard."""
        self.house.copy_to_clipboard(self._request.id)
        self.note = f"Copied {self._request.id}"
        self.paint()

    def _ask(self) -> None:
        self.run_worker(self._fetch(), group="why", exclusive=True)

    async def _fetch(self) -> None:
        try:
            self._why, self._trouble = await self.house.line.why(self._request.id), ""
        except ClientError as trouble:
            self._trouble = trouble.sentence
            self.note = crop(trouble.sentence, self.size.width - 1) if self._why else ""
        self.paint()


def _without_answer(request: RequestView, trouble: str, width: int) -> list[Line]:
    """A decision is written down when its prompt has ended; until then the feed is all there is."""
    if is_running(request):
        why = wrapped(
            "It is on its way; when it has ended, all about it is here.", width, "running"
        )
    elif request.error == CUT_OFF:
        why = wrapped("It was never written down, so no more is known of it.", width, "muted")
    else:
        again = wrapped("r asks again, esc goes back.", width, "muted")
        return [*wrapped(trouble, width, "bad"), [], *again]
    told = [*wrapped(headline(request), width, "strong"), *wrapped(reason(request), width, "")]
    return [*told, [], *why]
