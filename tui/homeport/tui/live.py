"""The Live screen: where the prompts just went, why, and what it cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click, MouseScrollDown, MouseScrollUp

from homeport.tui import side_lines
from homeport.tui.availability import label_of, why_not
from homeport.tui.banner import Banner
from homeport.tui.feed import Feed, Sight
from homeport.tui.filters import HINT
from homeport.tui.frame_lines import feed_foot, footer_line
from homeport.tui.house import bindings_of
from homeport.tui.judging import Thumb
from homeport.tui.keys import KEY, Key
from homeport.tui.line_below import LineBelow
from homeport.tui.pages import page_lines
from homeport.tui.state import is_running
from homeport.tui.view import View, chosen, cursor_index, moved, paused, retreated, visible
from homeport.tui.widgets import LineView
from homeport.tui.words import Line

_SIDE_FROM_WIDTH = 100
_MACHINE_FROM_HEIGHT = 26
_WHEEL_ROWS = 3


class LiveScreen(LineBelow, inherit_bindings=False):
    """The feed, and beside it spend, models and machine."""

    NAME = "live"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("live")

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        self.banner = Banner(ascii_only=ascii_only)
        self.feed = Feed(id="feed", ascii_only=ascii_only)
        self.feed.border_title = "decisions"
        self.spend, self.models, self.machine = (
            LineView(id=name, classes="edge", ascii_only=ascii_only)
            for name in ("spend", "models", "machine")
        )
        for panel in (self.spend, self.models, self.machine):
            panel.border_title = panel.id
        self.side = Vertical(self.spend, self.models, self.machine, id="side")

    def compose_middle(self) -> ComposeResult:
        """A banner for what is unusual, the feed, the side column."""
        yield self.banner
        yield Horizontal(self.feed, self.side, id="middle")

    def paint_middle(self) -> None:
        """Banner, side, feed."""
        self.banner.tell(self.house.state, self.house.size)
        self._paint_side()
        self._paint_feed()

    def footer(self) -> Line:
        """The keys, the question, or the note."""
        house = self.house
        readonly = house.options.readonly
        keys, width = house.keyring.of("live"), self.house.size.width
        return footer_line(keys, house.state, house.view, width, readonly=readonly)

    def _paint_side(self) -> None:
        state = self.house.state
        self.side.display = state.has_picture and self.house.size.width >= _SIDE_FROM_WIDTH
        if not self.side.display:
            return
        picture, width = state.picture, 34
        self.machine.display = self.house.size.height >= _MACHINE_FROM_HEIGHT
        self.spend.show(side_lines.spend_lines(picture.spend, width, state.savings))
        self.machine.show(side_lines.machine_lines(picture.machine, width))
        height = self.models.size.height
        self.models.show(side_lines.model_lines(picture.models, width, height))

    def _paint_feed(self) -> None:
        house = self.house
        state, view = house.state, house.view
        rows = visible(state, view)
        cursor = cursor_index(rows, view)
        feed = self.feed
        running = any(is_running(row) for row in rows)
        feed.show(
            Sight(
                rows,
                cursor,
                house.now_ms() // 1000 * 1000 if running and state.is_watched else state.heard_ms,
                is_dim=state.has_picture and state.phase != "live",
                page=page_lines(state, min(72, feed.size.width - 4))
                or _nothing_matches(rows, view),
            )
        )
        foot = feed_foot(state, view, len(rows), cursor + 1) if state.rows else ""
        self.label(feed, foot)

    def _change(self, view: View) -> None:
        self.house.view = view
        self.paint()

    def _allowed(self, key_id: str) -> bool:
        """Whether a key has something to do; says why where it has not."""
        house = self.house
        view = replace(house.view, note="")
        reason = self.reason_against(KEY[key_id])
        if key_id != "offline":
            view = replace(view, asking="") if key_id != "back" else view
        self._change(replace(view, note=reason))
        return not reason

    def _move(self, key_id: str, by: int) -> None:
        if self._allowed(key_id):
            self._change(moved(self.house.state, self.house.view, by))

    def action_down(self) -> None:
        """One row down."""
        self._move("down", 1)

    def action_up(self) -> None:
        """One row up."""
        self._move("up", -1)

    def action_page_down(self) -> None:
        """One page down."""
        self._move("page-down", self.feed.page_rows)

    def action_page_up(self) -> None:
        """One page up."""
        self._move("page-up", -self.feed.page_rows)

    def action_first(self) -> None:
        """To the oldest."""
        self._move("first", -len(self.house.state.rows))

    def action_last(self) -> None:
        """To the newest."""
        self._move("last", len(self.house.state.rows))

    def action_pause(self) -> None:
        """Holds the feed, or lets it go on."""
        if self._allowed("pause"):
            self._change(paused(self.house.state, self.house.view))

    def action_errors(self) -> None:
        """Only what went wrong, or all."""
        if self._allowed("errors"):
            view = self.house.view
            self._change(replace(view, errors_only=not view.errors_only))

    def action_back(self) -> None:
        """One step back."""
        if self.line_below:
            self.narrow("")
            self.close_line()
        elif self._allowed("back"):
            self._change(retreated(self.house.view))

    def action_why(self) -> None:
        """Why the chosen decision went where it went."""
        if not self._allowed("why"):
            return
        if request := chosen(self.house.state, self.house.view):
            self.house.show_why(request)
        else:
            self.say("Nothing matches; esc shows all again.")

    def action_what_if(self) -> None:
        """What another policy would have done with the chosen prompt."""
        if self._allowed("what-if") and (request := chosen(self.house.state, self.house.view)):
            self.house.show_why(request, at="what if")

    def action_thumbs_up(self) -> None:
        """The chosen answer was good."""
        self._judge("thumbs-up", "up")

    def action_thumbs_down(self) -> None:
        """The chosen answer was bad."""
        self._judge("thumbs-down", "down")

    def _judge(self, key_id: str, verdict: Thumb) -> None:
        if self._allowed(key_id) and (request := chosen(self.house.state, self.house.view)):
            self.house.judge(request, verdict, self._note)

    def say(self, note: str) -> None:
        """Answers the last key."""
        self._note(note)

    def label_of(self, key: Key) -> str:
        """What a key would do now."""
        return label_of(key, self.house.state, self.house.view)

    def reason_against(self, key: Key) -> str:
        """Why a key rests here."""
        house = self.house
        view = replace(house.view, note="")
        return why_not(key, house.state, view, readonly=house.options.readonly)

    def _note(self, sentence: str) -> None:
        self._change(replace(self.house.view, note=sentence))

    def action_copy(self) -> None:
        """The chosen id, to the clipboard."""
        if self._allowed("copy") and (request := chosen(self.house.state, self.house.view)):
            self.house.copy_to_clipboard(request.id)
            self._change(replace(self.house.view, note=f"Copied {request.id}"))

    def action_retry(self) -> None:
        """Looks for the daemon at once."""
        if self._allowed("retry"):
            self.house.retry()

    def action_offline(self) -> None:
        """Asks, then goes offline or online."""
        if not self._allowed("offline"):
            return
        view = self.house.view
        wanted = not self.house.state.picture.link.by_choice
        if view.asking:
            self._change(replace(view, asking=""))
            self.house.switch_link(view.asking == "offline")
        else:
            self._change(replace(view, asking="offline" if wanted else "online"))

    def action_filter(self) -> None:
        """Opens the line in which a filter is typed."""
        if self._allowed("filter"):
            self.open_filter(self.house.view.filter, HINT)

    def narrow(self, text: str) -> None:
        """Shows what the filter admits."""
        self._change(replace(self.house.view, filter=text))

    def on_click(self, event: Click) -> None:
        """Puts the cursor on the row that was clicked."""
        feed = self.feed
        rows = visible(self.house.state, self.house.view)
        index = feed.row_at(event.screen_y - feed.content_region.y)
        if event.widget is feed and 0 <= index < len(rows):
            by = index - cursor_index(rows, self.house.view)
            self._change(moved(self.house.state, self.house.view, by))

    def on_mouse_scroll_down(self, _event: MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        self._move("down", _WHEEL_ROWS)

    def on_mouse_scroll_up(self, _event: MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        self._move("up", -_WHEEL_ROWS)


def _nothing_matches(rows: Any, view: View) -> list[Line]:
    if rows or not view.is_narrowed:
        return []
    return [[("Nothing matches. esc shows all again.", "muted")]]
