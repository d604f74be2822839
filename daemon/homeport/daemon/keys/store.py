"""Keys of model providers: named, never shown.

Looked for in this order; the first place that has one counts:

    1. the place that the config names (`keys` table, `server.key`)
    2. what `homeport keys add` kept (OS keyring, else a file of mode 0600)
    3. the provider's usual names in the daemon's environment

A key is untested until a request has shown it valid or refused; a changed key
starts untested again. `add`, `remove`, `warm`, `renewed` and the first `credential`
of a slow place (keyring, command) block: call them in a thread. The rest is quick.
"""

from __future__ import annotations

import difflib
import os
import stat
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, structs

from homeport.adapters.providers import ADMIN_KEYS, PROVIDERS, key_names
from homeport.client.wire import KeyView
from homeport.daemon.config.settings import Config
from homeport.daemon.keys.keepers import Keeper, KeyFile, OsKeyring
from homeport.daemon.keys.notes import KeyNotes, Note, Record, Tried
from homeport.daemon.keys.references import SLOW_KINDS, find, kind_of, path_of, told
from homeport.daemon.keys.secret import KeyTrouble, Secret, secret_from
from homeport.policies.errors import NotFound
from homeport.policies.model import KeyState

QUICK_KINDS = ("env", "file")
OwnState = Literal["absent", "untested", "valid", "refused"]

__all__ = ["KeyStore", "KeyTrouble", "Secret"]


class Place(Struct, frozen=True, gc=False):
    """Where one key is."""

    reference: str
    """As in the config, or `kept:PROVIDER`."""
    identity: str
    """Another one means that the key may be another one."""
    told: str


class Found(Struct, frozen=True):
    """What a place had when it was looked into."""

    identity: str
    secret: Secret | None
    trouble: str = ""
    stale: bool = False
    """To be looked for anew at its next use."""


def now_ms() -> int:
    """The wall clock."""
    return int(time.time() * 1000)


class KeyStore:
    """Owns what is known of every key."""

    def __init__(
        self,
        state_dir: Path,
        config: Config,
        environment: Mapping[str, str],
        *,
        keyring: OsKeyring | None = None,
        clock_ms: Callable[[], int] = now_ms,
        learn: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`learn` is told each secret that is found, so that the log can hide it."""
        home = environment.get("HOMEPORT_HOME")
        self._config = config
        self._environment = environment
        self._keyring = keyring or OsKeyring(f"homeport {state_dir}" if home else "homeport")
        self._file = KeyFile(state_dir / "keys.toml")
        self._notes = KeyNotes(state_dir / "key-notes.json")
        self._found: dict[str, Found] = {}
        self._states: dict[str, OwnState] = {}
        """As they were last worked out, until something is learned."""
        self._changed: set[str] = set()
        """Identities of keys that were found to be other ones."""
        self._clock_ms = clock_ms
        self._learn = learn
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        there = [view.provider for view in self.views() if view.state != "absent"]
        return f"KeyStore({', '.join(there) or 'no keys'})"

    def configure(self, config: Config) -> None:
        """A new generation of the config is in force."""
        with self._lock:
            self._config = config
            self._states.clear()

    def providers(self) -> tuple[str, ...]:
        """Every name that a key can be for: those known, those configured, those kept."""
        servers = [server.name for server in self._config.server if server.key]
        admin = [name for name in ADMIN_KEYS if self._place(name) is not None]
        names = (*PROVIDERS, *self._config.keys, *servers, *self._notes.kept(), *admin)
        return tuple(dict.fromkeys(names))

    def views(self) -> tuple[KeyView, ...]:
        """Each key by name, with its state; looks into nothing slow."""
        with self._lock:
            return tuple(self._view(provider) for provider in self.providers())

    def state(self, provider: str) -> KeyState:
        """Of one key; a name that nobody keeps keys for needs none."""
        known = self._states.get(provider)
        if known is not None:
            return known
        with self._lock:
            if not self._is_known(provider):
                return "not-needed"
            state = self._state(provider)
            place = self._place(provider)
            if place is None or kind_of(place.reference) != "file":
                # A file may change unseen: it is looked at each time.
                self._states[provider] = state
            return state

    def _is_known(self, provider: str) -> bool:
        """Whether it is one of `providers()`; asked for every prompt."""
        config = self._config
        if provider in PROVIDERS or provider in config.keys:
            return True
        servers = [server.name for server in config.server if server.key]
        return provider in servers or provider in self._notes.kept()

    def credential(self, reference_or_provider: str) -> Secret | None:
        """The secret that a reference or a provider's name leads to; None where there is none."""
        place = self._place(reference_or_provider)
        if place is None:
            return None
        known = self._found.get(place.reference)
        if known is None or known.stale or known.identity != place.identity:
            known = self._look(place)
        return known.secret

    def warm(self) -> None:
        """Look into every place, so that no prompt waits for a slow one."""
        further = [reference for server in self._config.server for reference in server.keys]
        for name in (*self.providers(), *filter(None, further)):
            self.credential(name)

    def renewed(self) -> bool:
        """Look into every place again; whether one had another key, or none, when this was last
        asked. What was learned meanwhile is about the old key."""
        self.warm()
        with self._lock:
            changed, self._changed = self._changed, set()
        for identity in changed:
            self._forget_notes(identity)
        return bool(changed)

    def add(self, provider: str, secret: str) -> str:
        """Keep a key; says where. Raises `NotFound` and `KeyTrouble`."""
        self._require_known(provider)
        kept = secret_from(secret)
        self._learn(kept.reveal())
        with self._lock:
            keeper = self._keep(provider, kept)
            fresh = os.urandom(16).hex()
            self._found[f"kept:{provider}"] = Found(f"kept:{fresh}", kept)
            self._states.clear()
            self._notes.put(provider, Record(kept=keeper.name, id=fresh))
        return "the OS keyring" if keeper.name == "keyring" else str(self._file.path)

    def remove(self, provider: str) -> bool:
        """Forget a key that `add` kept; False where none was."""
        with self._lock:
            record = self._notes.of(provider)
            if not record.kept:
                return False
            gone = self._keeper(record.kept).forget(provider)
            self._found.pop(f"kept:{provider}", None)
            self._states.clear()
            self._notes.put(provider, Record())
            return gone

    def note(self, provider: str, state: Tried) -> None:
        """A request has shown what a key is worth. A refused one is looked for anew."""
        with self._lock:
            place = self._place(provider)
            if place is None:
                return
            self._states.clear()
            record = self._notes.of(provider)
            note = Note(state, self._clock_ms(), place.identity)
            self._notes.put(provider, Record(kept=record.kept, id=record.id, note=note))
            known = self._found.get(place.reference)
            if known and state == "refused" and kind_of(place.reference) in SLOW_KINDS:
                self._found[place.reference] = structs.replace(known, stale=True)

    def _view(self, provider: str) -> KeyView:
        place = self._place(provider)
        state = self._state(provider)
        note = self._note(provider, place)
        known = self._found.get(place.reference) if place else None
        return KeyView(
            provider=provider,
            state=state,
            source=place.told if place else "",
            tested_at_ms=note.at_ms if note and state != "absent" else None,
            sentence=known.trouble if known else "",
        )

    def _state(self, provider: str) -> OwnState:
        place = self._place(provider)
        if place is None:
            return "absent"
        known = self._found.get(place.reference)
        if kind_of(place.reference) in QUICK_KINDS and (
            known is None or known.identity != place.identity
        ):
            known = self._look(place)
        if known and known.identity == place.identity and known.secret is None:
            return "absent"
        note = self._note(provider, place)
        return note.state if note else "untested"

    def _note(self, provider: str, place: Place | None) -> Note | None:
        note = self._notes.of(provider).note
        return note if note and place and note.identity == place.identity else None

    def _place(self, name: str) -> Place | None:
        """Where a key is to be looked for; None where there is no place at all."""
        if kind_of(name):
            return self._referred(name)
        named = self._config.keys.get(name) or self._key_of_server(name)
        if named:
            return self._referred(named)
        record = self._notes.of(name)
        if record.kept:
            where = "keyring" if record.kept == "keyring" else f"file {self._file.path}"
            return Place(f"kept:{name}", f"kept:{record.id}", where)
        variable = next((n for n in key_names(name) if self._environment.get(n, "").strip()), "")
        return self._referred(f"env:{variable}") if variable else None

    def _key_of_server(self, name: str) -> str:
        return next((server.key for server in self._config.server if server.name == name), "")

    def _referred(self, reference: str) -> Place:
        identity = reference
        if kind_of(reference) == "file":
            identity = f"{reference}:{_stamp(reference.partition(':')[2].strip())}"
        return Place(reference, identity, told(reference))

    def _look(self, place: Place) -> Found:
        try:
            found = Found(place.identity, self._read(place.reference))
        except KeyTrouble as trouble:
            found = Found(place.identity, None, trouble.sentence)
        if found.secret is not None:
            self._learn(found.secret.reveal())
        before = self._found.get(place.reference)
        with self._lock:
            self._found[place.reference] = found
            self._states.clear()
        if before and before.secret != found.secret:
            self._forget_notes(place.identity)
            with self._lock:
                self._changed.add(place.identity)
        return found

    def _read(self, reference: str) -> Secret | None:
        kind, _, name = reference.partition(":")
        if kind == "kept":
            return self._keeper(self._notes.of(name).kept).read(name)
        return find(reference, self._environment, self._keyring.read_from)

    def _forget_notes(self, identity: str) -> None:
        """The same place has another key: what was learned is about the old one."""
        with self._lock:
            self._states.clear()
            for provider in self.providers():
                record = self._notes.of(provider)
                if record.note and record.note.identity == identity:
                    self._notes.put(provider, Record(kept=record.kept, id=record.id))

    def _keep(self, provider: str, secret: Secret) -> Keeper:
        if self._keyring.usable():
            try:
                self._keyring.keep(provider, secret)
                self._file.forget(provider)
                return self._keyring
            except KeyTrouble:
                pass  # a locked or full keyring: the file will do
        self._file.keep(provider, secret)
        return self._file

    def _keeper(self, name: str) -> Keeper:
        return self._keyring if name == self._keyring.name else self._file

    def _require_known(self, provider: str) -> None:
        servers = tuple(server.name for server in self._config.server)
        known = (*self.providers(), *servers, *ADMIN_KEYS)
        if provider in known:
            return
        near = difflib.get_close_matches(provider, known, n=1)
        advice = f" Did you mean {near[0]}?" if near else ""
        raise NotFound(f"No provider or server has that name.{advice}", code="unknown_provider")


def _stamp(path: str) -> str:
    try:
        found = path_of(path).stat()
    except (OSError, ValueError, KeyTrouble):  # whoever reads it is told
        return ""
    # With its mode: one that others could read is a key as soon as they cannot.
    return f"{found.st_mtime_ns}:{found.st_ino}:{stat.S_IMODE(found.st_mode):o}"
