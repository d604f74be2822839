"""What Chat and Compare share: an editor below, a note in the footer, thumbs, and a way to Why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeport.client.errors import ClientError
from homeport.client.wire import FeedbackRequest, RequestView
from homeport.tui.availability import is_over
from homeport.tui.banner import Banner
from homeport.tui.frame_lines import keys_line
from homeport.tui.house import HouseScreen
from homeport.tui.keys import Key
from homeport.tui.scrolling import Scrolling
from homeport.tui.words import Line

if TYPE_CHECKING:
    from homeport.tui.editor import Editor
    from homeport.tui.errand import Errand

_FOOTER = (
    "write",
    "back",
    "why",
    "thumbs-up",
    "thumbs-down",
    "again",
    "whom",
    "copy",
    "private",
    "next",
    "new",
    "help",
)
_ALWAYS = ("write", "back", "help")
READONLY = "Nothing is asked or changed from here: this was started with --readonly."


class TalkingScreen(Scrolling, HouseScreen, inherit_bindings=False):
    """Letters are written while the editor has the keys; esc gives them to the answers."""

    AUTO_FOCUS = ""
    errand: Errand

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        from homeport.tui.editor import Editor  # when something is written first

        self.editor: Editor = Editor(id="editor")
        self.banner = Banner(ascii_only=ascii_only)

    def paint_middle(self) -> None:
        """What is unusual."""
        self.banner.tell(self.house.state, self.house.size, alone=True)

    def on_mount(self) -> None:
        """The editor has the keys, and what comes is watched."""
        self.set_focus(self.editor)
        super().on_mount()
        self.errand.changed = self.paint

    @property
    def is_writing(self) -> bool:
        """Whether the editor has the keys."""
        return self.focused is self.editor

    def on_unmount(self) -> None:
        """What comes goes on without this screen."""
        if self.errand.changed == self.paint:
            self.errand.leave()

    def footer(self) -> Line:
        """The keys that do something, or the answer to the last one."""
        if self.note and not is_over(self.note, self.house.state):
            return [(" " + self.note, "accent")]
        width = self.house.size.width
        if not self.is_writing:
            known = {key.id: key for key in self.house.keyring.of(self.NAME)}
            keys = [known[id_] for id_ in _FOOTER]
            return keys_line(
                [(k.shown, self.label_of(k), False, k.id in _ALWAYS) for k in keys], width
            )
        typed = [(key.shown, key.label, False, True) for key in self.house.keyring.typed(self.NAME)]
        stop = "Stop" if self.is_answering else "To the answers"
        return keys_line([*typed, ("esc", stop, False, True), *_CHORDS], width)

    @property
    def is_answering(self) -> bool:
        """Whether an answer comes."""
        raise NotImplementedError

    async def obey(self, key: Key) -> None:
        """Does what a key does, also while somebody writes."""
        if not key.is_typed:
            self.set_focus(None)
        await super().obey(key)

    def label_of(self, key: Key) -> str:
        """What a key would do now."""
        if key.id == "back" and self.is_answering:
            return "Stop"
        return super().label_of(key)

    def send(self, text: str) -> None:
        """Takes what was written."""
        raise NotImplementedError

    def action_send(self) -> None:
        """Sends what is written."""
        self.editor.action_send()

    def action_new_line(self) -> None:
        """A further line."""
        self.editor.action_new_line()

    def action_write(self) -> None:
        """Gives the keys to the editor."""
        self.note = ""
        self.editor.focus()
        self.paint()

    def action_stop(self) -> None:
        """Ends the answer that comes."""
        if self.is_answering:
            self.stop()
        else:
            self.say("No answer is coming.")

    def stop(self) -> None:
        """Ends the answer that comes; its words stay."""
        raise NotImplementedError

    def action_back(self) -> None:
        """One step back: the answer that comes, the editor, the screen."""
        self.note = ""
        if self.is_answering:
            self.stop()
        elif self.is_writing:
            self.set_focus(None)
            self.paint()
        else:
            self.dismiss()

    def rate(self, said: FeedbackRequest, noted: str) -> None:
        """Tells the daemon what an answer was worth."""
        if self.house.options.readonly:
            self.say(READONLY)
        else:
            self.run_worker(self._tell_daemon(said, noted), group="feedback")

    async def _tell_daemon(self, said: FeedbackRequest, noted: str) -> None:
        try:
            reply = await self.house.line.feedback(said)
        except ClientError as trouble:
            self.say(trouble.sentence)
        else:
            self.rated(said, reply.verdict)
            self.say(noted.format(model=reply.model, task=reply.task))

    def rated(self, said: FeedbackRequest, verdict: str) -> None:
        """The daemon has taken it."""

    def explain(self, decision: str) -> None:
        """Opens Why for a decision."""
        if decision:
            known = self.house.state.rows.get(decision)
            self.house.show_why(known or RequestView(decision, self.house.now_ms(), "done"))
        else:
            self.say("Nothing was decided yet.")


def sendable(text: str) -> str:
    """What can be sent as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


_CHORDS = (("ctrl+p", "Commands", True, False), ("ctrl+q", "Quit", True, False))
