"""A config error reads as its first problem and holds them all."""

from homeport.daemon.config.errors import ConfigError, Problem
from homeport.policies.errors import HomeportError


def test_one_problem():
    error = ConfigError("c.toml", (Problem(3, "listen.prot", "No such setting.", "listen.port"),))
    assert isinstance(error, HomeportError)
    assert error.sentence == "c.toml, line 3: No such setting."
    assert (error.line, error.key, error.nearest) == (3, "listen.prot", "listen.port")
    assert (error.code, error.blame, error.status, error.param) == (
        "bad_config",
        "caller",
        400,
        "listen.prot",
    )


def test_several_problems_and_a_file_as_a_whole():
    problems = (Problem(0, "", "It is too large."), Problem(2, "a", "Wrong."))
    error = ConfigError("c.toml", problems)
    assert error.sentence == "c.toml: It is too large. (1 more problem in it.)"
    assert error.param is None
    assert error.problems[1].told("c.toml") == "c.toml, line 2: Wrong."
    assert error.without_lines().problems[1].told("c.toml") == "c.toml: Wrong."
