"""The Models screen: every model in a line; `enter` opens one. The page of one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Click

from homeport.client.errors import ClientError
from homeport.client.wire import ModelView, RequestView
from homeport.tui.house import bindings_of
from homeport.tui.line_below import LineBelow
from homeport.tui.listing import Listing
from homeport.tui.model_filters import HINT, model_complaint, model_matcher
from homeport.tui.model_page import model_page
from homeport.tui.model_rows import (
    Known,
    ModelLines,
    detail,
    head_line,
    layout_for,
    longest_name,
    summary,
)
from homeport.tui.pages import absent_lines
from homeport.tui.room import RoomScreen
from homeport.tui.standing import Mishap, in_order, mishaps
from homeport.tui.widgets import LineView, Page
from homeport.tui.words import Line, crop, wrapped

_DETAIL_ROWS = 2
_NOTHING = "Nothing matches. esc shows all again."
_NONE = "No model was found yet. A small one that runs anywhere:  homeport models add default"


class ModelsScreen(LineBelow, RoomScreen, inherit_bindings=False):
    """The list. Its cursor is a model's id, so that it stays on it."""

    NAME = "models"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("models")

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__("models", ascii_only=ascii_only)
        self.detail = LineView(id="detail", ascii_only=ascii_only)
        self._cursor = ""
        self._filter = ""
        self._ordered: tuple[tuple[ModelView, ...], str, list[ModelView]] = ((), "", [])
        self._seen: tuple[Mapping[str, RequestView], dict[str, Mishap]] = ({}, {})

    def compose_middle(self) -> ComposeResult:
        """Below the list stands all that is to be said of the chosen model."""
        yield from super().compose_middle()
        yield self.detail

    def make_page(self) -> Page:
        """A list with a cursor."""
        return Listing(id="page", ascii_only=self.ascii_only)

    def paint_page(self) -> None:
        """The rows, and where the cursor is among them."""
        listing = self.page
        assert isinstance(listing, Listing)  # noqa: S101  # made above
        width = listing.size.width
        if absent := absent_lines(self.house.state, min(72, width)):
            listing.show_list((), absent, -1)
            self.label(listing, "")
            self._show_detail([])
            return
        models = self._models()
        lines = self.page_lines(width)
        head = [head_line(layout_for(width, longest_name(models)))] if models else []
        listing.show_list(head, lines, self._index(models))
        self._show_detail(models[self._index(models) :][:1])
        place = f"{self._index(models) + 1} of {len(models)}" if models else ""
        words = f"filter: {crop(self._filter, 24)}" if self._filter else ""
        told = [part for part in (model_complaint(self._filter) or words, place) if part]
        whole = " · ".join([*told[:-1], summary(models), *told[-1:]]) if models else words
        self.label(listing, whole if len(whole) <= width - 2 else " · ".join(told))

    def _show_detail(self, chosen: list[ModelView]) -> None:
        """The whole note on the chosen model, which has no room in its row."""
        known = Known(self.house.state.history.standings, self._mishaps())
        said = [detail(one, known) for one in chosen]
        lines = wrapped(said[0], self.house.size.width - 2, "muted") if said else []
        self.detail.set_class(not lines, "gone")
        if len(lines) > _DETAIL_ROWS:
            text, role = lines[_DETAIL_ROWS - 1][0]
            lines[_DETAIL_ROWS - 1] = [(text[: self.house.size.width - 3] + "…", role)]
        self.detail.show(lines[:_DETAIL_ROWS])

    def parts(self) -> tuple[Any, ...]:
        """The models, how they stand, the feed, the cursor."""
        state = self.house.state
        return (
            state.picture.models,
            state.history.standings,
            state.rows,
            self._cursor,
            self._filter,
        )

    def room_lines(self, width: int) -> Sequence[Line]:
        """One line a model, made when it comes in sight."""
        models = self._models()
        if not models:
            said = wrapped(_NOTHING, width, "muted") if self._filter else wrapped(_NONE, width, "")
            return [[], *said]
        state = self.house.state
        known = Known(state.history.standings, self._mishaps())
        layout, chosen = layout_for(width, longest_name(models)), self._index(models)
        return ModelLines(models, known, layout, chosen, dim=state.phase != "live")

    def _models(self) -> list[ModelView]:
        models = self.house.state.picture.models
        if self._ordered[:2] != (models, self._filter):
            matches = model_matcher(self._filter)
            shown = [model for model in in_order(models) if matches(model)]
            self._ordered = (models, self._filter, shown)
        return self._ordered[2]

    def _mishaps(self) -> dict[str, Mishap]:
        rows = self.house.state.rows
        if self._seen[0] is not rows:
            self._seen = (rows, mishaps(rows))
        return self._seen[1]

    def _index(self, models: list[ModelView]) -> int:
        """Where the cursor stands; on the first where its model is gone."""
        for index, model in enumerate(models):
            if model.id == self._cursor:
                return index
        return 0 if models else -1

    def go(self, by: int) -> None:
        """Moves the cursor."""
        self.note = ""
        if models := self._models():
            index = max(0, min(len(models) - 1, self._index(models) + by))
            self._cursor = models[index].id
        self.paint()

    def action_last(self) -> None:
        """To the last model."""
        self.go(len(self.house.state.picture.models))

    def action_first(self) -> None:
        """To the first model."""
        self.go(-len(self.house.state.picture.models))

    def action_filter(self) -> None:
        """Opens the line in which a filter is typed."""
        if not self.house.state.picture.models:
            self.say("There are no models yet.")
            return
        self.note = ""
        self.open_filter(self._filter, HINT)

    def narrow(self, text: str) -> None:
        """Shows the models that the filter admits."""
        self._filter = text
        self.paint()

    def action_back(self) -> None:
        """One step back: the filter, the screen."""
        if self.line_below or self._filter:
            self.narrow("")
            self.close_line()
        else:
            super().action_back()

    def action_why(self) -> None:
        """Opens the model under the cursor."""
        models = self._models()
        if not models:
            self.say("There are no models yet.")
        else:
            self.house.show_model(models[self._index(models)].id)

    def ask_again(self) -> None:
        """Has the daemon look for models again; what it finds comes as an event."""
        self.note = "Looking for models…"
        self.run_worker(self._refresh(), group="models", exclusive=True)

    async def _refresh(self) -> None:
        try:
            found = await self.house.line.refresh_models()
        except ClientError as trouble:
            self.say(trouble.sentence)
        else:
            self.say(f"Looked again: {found} models.")

    def on_click(self, event: Click) -> None:
        """Puts the cursor on the row that was clicked."""
        row = event.screen_y - self.page.content_region.y - 1
        if event.widget is self.page and row >= 0:
            models = self._models()
            index = row + self.page.scroll_offset.y
            if index < len(models):
                self.go(index - self._index(models))


class ModelScreen(RoomScreen, inherit_bindings=False):
    """Everything about one model."""

    NAME = "model"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("model")

    def __init__(self, model_id: str, *, ascii_only: bool) -> None:
        super().__init__(f"model {model_id}", ascii_only=ascii_only)
        self._id = model_id

    def parts(self) -> tuple[Any, ...]:
        """The model, how it stands, the feed."""
        state = self.house.state
        return (state.picture.models, state.history.standings, state.rows)

    def room_lines(self, width: int) -> list[Line]:
        """The page; or that it is gone."""
        state = self.house.state
        for model in state.picture.models:
            if model.id == self._id:
                standing = state.history.standings.get(model.id)
                return model_page(model, standing, tuple(state.rows.values()), width)
        return [[("The daemon knows this model no more. esc goes back.", "warn")]]

    def ask_again(self) -> None:
        """The page follows the daemon by itself."""
        self.note = "This page follows the daemon by itself."
