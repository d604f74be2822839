"""What can be wrong with a config file: where, what, and the nearest right key.

BadRequest
└── ConfigError    400 bad_config    one or more `Problem`s in one file
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from homeport.policies.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a config file."""

    line: int
    """From 1; 0 where the file as a whole is at fault."""
    key: str
    """Dotted, such as `listen.port` or `server.0.url`; empty for a syntax error."""
    sentence: str
    """Holds no value that may be a secret."""
    nearest: str = ""
    """The valid key or word that is nearest to what was written."""

    def told(self, path: str) -> str:
        """The problem with its place, as one line."""
        place = f"{path}, line {self.line}" if self.line else path
        return f"{place}: {self.sentence}"


class ConfigError(BadRequest):
    """A config file cannot be used. Reads as its first problem; `problems` has them all."""

    code = "bad_config"

    def __init__(self, path: str, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        others = len(problems) - 1
        more = f" ({others} more {'problem' if others == 1 else 'problems'} in it.)"
        super().__init__(first.told(path) + (more if others else ""), param=first.key or None)
        self.path = path
        self.problems = problems
        self.line = first.line
        self.key = first.key
        self.nearest = first.nearest

    def told(self) -> list[str]:
        """Every problem with its place, a line each."""
        return [problem.told(self.path) for problem in self.problems]

    def without_lines(self) -> ConfigError:
        """The same of a text that is not in the file: its lines are nowhere to be seen."""
        return ConfigError(self.path, tuple(replace(found, line=0) for found in self.problems))
