"""The person's policies: read, checked and tested."""

from __future__ import annotations

import msgspec


class PolicyRow(msgspec.Struct, frozen=True):
    """One policy in the list."""

    name: str
    summary: str
    rules: int
    """With those that it includes."""
    cases: int
    in_force: bool
    own: bool
    """A file of the person's."""
    error: str = ""
    """Why its file is not in force as it stands."""


class PoliciesView(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/policies`."""

    mode: str
    """That prompts are decided under, where neither they nor a rule say otherwise."""
    modes: tuple[str, ...]
    policy: str
    """The one in force."""
    policies: tuple[PolicyRow, ...]
    folder: str
    """Of the person's own."""
    error: str = ""


class PolicyView(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/policies/{name}`."""

    row: PolicyRow
    path: str
    """Empty for one that is shipped."""
    text: str
    """The file."""
    rules: tuple[tuple[str, str, str], ...]
    """Every rule in its order: name, what it sets, why."""


class PolicyProblem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a policy file."""

    line: int
    key: str
    sentence: str
    nearest: str = ""


class PolicyChecked(msgspec.Struct, frozen=True):
    """What `check` found."""

    ok: bool
    problems: tuple[PolicyProblem, ...] = ()


class CaseView(msgspec.Struct, frozen=True):
    """How one case of a policy went."""

    name: str
    ok: bool
    got: str
    wrong: str = ""


class PolicyTested(msgspec.Struct, frozen=True):
    """What `test` found."""

    name: str
    ok: bool
    cases: tuple[CaseView, ...] = ()
