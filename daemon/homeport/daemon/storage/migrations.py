"""The tables of `ledger.db`, as numbered steps that are never edited, only added to.

`PRAGMA user_version` holds the number of the last step that was taken. Each
step runs in one transaction, so a daemon that dies half-way leaves the step
before it. The meaning of each column is in this folder's README.

Longer than other modules: every step that there ever was stands here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

APPLICATION_ID = 0x484F4D45
"""Marks a file as ours ("HOME"), so that another program's database is refused."""

Step = tuple[str, ...]
"""The statements of one migration."""

_RESERVATION = """
CREATE TABLE reservation (
    id TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    opens_request INTEGER NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    place TEXT NOT NULL,
    client TEXT NOT NULL,
    session TEXT NOT NULL,
    tags TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    day INTEGER NOT NULL,
    worst_nano INTEGER NOT NULL,
    price_source TEXT NOT NULL,
    price_date TEXT NOT NULL
) WITHOUT ROWID
"""

_ENTRY = """
CREATE TABLE entry (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,
    opens_request INTEGER NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    place TEXT NOT NULL,
    client TEXT NOT NULL,
    session TEXT NOT NULL,
    tags TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    day INTEGER NOT NULL,
    worst_nano INTEGER NOT NULL,
    price_source TEXT NOT NULL,
    price_date TEXT NOT NULL,
    ended_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    cost_nano INTEGER NOT NULL,
    certain INTEGER NOT NULL,
    input_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    output_tokens INTEGER,
    reasoning_tokens INTEGER,
    input_audio_tokens INTEGER,
    output_audio_tokens INTEGER,
    tokens_certain INTEGER NOT NULL
)
"""

_SUMS = """
    attempts INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL,
    estimated_nano INTEGER NOT NULL
"""

_SPEND = f"""
CREATE TABLE spend (
    day INTEGER NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    place TEXT NOT NULL,
    client TEXT NOT NULL,
    tags TEXT NOT NULL,
    answered INTEGER NOT NULL,
    estimates INTEGER NOT NULL,{_SUMS},
    PRIMARY KEY (day, model, provider, place, client, tags)
) WITHOUT ROWID
"""

_SESSION_SPEND = f"""
CREATE TABLE session_spend (
    day INTEGER NOT NULL,
    session TEXT NOT NULL,{_SUMS},
    PRIMARY KEY (day, session)
) WITHOUT ROWID
"""

_DECISION = """
CREATE TABLE decision (
    id TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    engine_version TEXT NOT NULL,
    view BLOB NOT NULL,
    steps BLOB NOT NULL
)
"""

_OUTCOMES = """
CREATE TABLE outcomes (
    n INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    decision TEXT NOT NULL,
    answer INTEGER NOT NULL,
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    task TEXT NOT NULL,
    difficulty INTEGER NOT NULL,
    source TEXT NOT NULL,
    good REAL NOT NULL,
    weight REAL NOT NULL,
    raw REAL,
    signals TEXT NOT NULL
)
"""

_ONE_VERDICT = """
CREATE UNIQUE INDEX outcomes_by_verdict ON outcomes (decision, model, answer, source)
WHERE source IN ('thumb', 'edit')
"""

_PART = """
CREATE TABLE part (
    digest TEXT PRIMARY KEY,
    last_ms INTEGER NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID
"""

_RAISE = """
CREATE TABLE budget_raise (
    n INTEGER PRIMARY KEY,
    window TEXT NOT NULL,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    period INTEGER NOT NULL,
    nano INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
)
"""

_ALERT = """
CREATE TABLE alert (
    window TEXT NOT NULL,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    period TEXT NOT NULL,
    threshold INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (window, scope, name, period, threshold)
) WITHOUT ROWID
"""

_ALERT_OF_A_LIMIT = """
CREATE TABLE alert (
    window TEXT NOT NULL,
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    period TEXT NOT NULL,
    limit_nano INTEGER NOT NULL,
    threshold INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    unsent TEXT,
    PRIMARY KEY (window, scope, name, period, limit_nano, threshold)
) WITHOUT ROWID
"""

_TASK_SPEND = """
CREATE TABLE task_spend (
    day INTEGER NOT NULL,
    task TEXT NOT NULL,
    policy TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL,
    estimated_nano INTEGER NOT NULL,
    energy_mj INTEGER NOT NULL,
    energy_nano INTEGER NOT NULL,
    energy_guessed_nano INTEGER NOT NULL,
    PRIMARY KEY (day, task, policy)
) WITHOUT ROWID
"""
_FILL_TASK_SPEND = """
INSERT INTO task_spend SELECT day, task, policy, count(*), sum(opens_request),
    sum(ifnull(input_tokens, 0)), sum(ifnull(output_tokens, 0)),
    sum(cost_nano), sum(CASE WHEN certain THEN 0 ELSE cost_nano END),
    sum(ifnull(energy_mj, 0)), sum(ifnull(energy_nano, 0)),
    sum(CASE WHEN energy_certain THEN 0 ELSE ifnull(energy_nano, 0) END)
FROM entry GROUP BY day, task, policy
"""

_KEPT_SUMS = """
    attempts INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    estimates INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL,
    estimated_nano INTEGER NOT NULL,
    energy_mj INTEGER NOT NULL,
    energy_nano INTEGER NOT NULL,
    energy_guessed_nano INTEGER NOT NULL
"""

_TOTAL = f"""
CREATE TABLE total (
    kind TEXT NOT NULL,
    period INTEGER NOT NULL,
    name TEXT NOT NULL,{_KEPT_SUMS},
    PRIMARY KEY (kind, period, name)
) WITHOUT ROWID
"""

_SESSION_SUM = f"""
CREATE TABLE session_sum (
    session TEXT NOT NULL,
    day INTEGER NOT NULL,
    client TEXT NOT NULL,
    tags TEXT NOT NULL,{_KEPT_SUMS},
    PRIMARY KEY (session, day, client, tags)
) WITHOUT ROWID
"""

_SESSION = f"""
CREATE TABLE session (
    session TEXT PRIMARY KEY,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,{_KEPT_SUMS}
) WITHOUT ROWID
"""

_REQUEST_SUM = """
CREATE TABLE request_sum (
    request TEXT PRIMARY KEY,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL
) WITHOUT ROWID
"""

_ANSWER_SUM = """
CREATE TABLE answer_sum (
    day INTEGER NOT NULL,
    above INTEGER NOT NULL,
    prompts INTEGER NOT NULL,
    left_out INTEGER NOT NULL,
    unknown_hits INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    PRIMARY KEY (day, above)
) WITHOUT ROWID
"""

_DECISION_SUM = """
CREATE TABLE decision_sum (
    span TEXT NOT NULL,
    period INTEGER NOT NULL,
    model TEXT NOT NULL,
    task TEXT NOT NULL,
    strategy TEXT NOT NULL,
    requests INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL,
    unknown_costs INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    saved_nano INTEGER NOT NULL,
    unknown_savings INTEGER NOT NULL,
    PRIMARY KEY (span, period, model, task, strategy)
) WITHOUT ROWID
"""

_FOLDED = "CREATE TABLE folded (part TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID"


def _totals_from(table: str, kind: str, name: str, *, answers: bool = True) -> str:
    """Sums of days by a kind, from those that older programs kept."""
    known = "sum(answered), sum(estimates)" if answers else "0, 0"
    return f"""
INSERT INTO total SELECT '{kind}', day, {name}, sum(attempts), sum(requests), {known},
    sum(input_tokens), sum(output_tokens), sum(cost_nano), sum(estimated_nano),
    sum(energy_mj), sum(energy_nano), sum(energy_guessed_nano)
FROM {table} GROUP BY 2, 3
"""  # noqa: S608


_TOTALS_OF_MONTHS = """
INSERT INTO total SELECT kind, period / 100, name, sum(attempts), sum(requests), sum(answered),
    sum(estimates), sum(input_tokens), sum(output_tokens), sum(cost_nano), sum(estimated_nano),
    sum(energy_mj), sum(energy_nano), sum(energy_guessed_nano)
FROM total GROUP BY 1, 2, 3
"""


STEPS: tuple[Step, ...] = (
    (
        f"PRAGMA application_id = {APPLICATION_ID}",
        _RESERVATION,
        _ENTRY,
        "CREATE INDEX entry_by_day ON entry (day, cost_nano)",
        _SPEND,
        _SESSION_SPEND,
        _DECISION,
        "CREATE INDEX decision_by_time ON decision (at_ms)",
    ),
    (
        "ALTER TABLE entry ADD COLUMN cache_write_1h_tokens INTEGER",
        "ALTER TABLE entry ADD COLUMN cache_read_audio_tokens INTEGER",
        "ALTER TABLE entry ADD COLUMN listed_nano INTEGER",
        "ALTER TABLE entry ADD COLUMN charged_nano INTEGER",
    ),
    (_OUTCOMES, _ONE_VERDICT),
    (_PART, "CREATE INDEX part_by_time ON part (last_ms)"),
    (
        "ALTER TABLE reservation ADD COLUMN task TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE reservation ADD COLUMN policy TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE entry ADD COLUMN task TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE entry ADD COLUMN policy TEXT NOT NULL DEFAULT ''",
        _RAISE,
        _ALERT,
    ),
    (
        "ALTER TABLE entry ADD COLUMN energy_mj INTEGER",
        "ALTER TABLE entry ADD COLUMN energy_nano INTEGER",
        "ALTER TABLE entry ADD COLUMN energy_certain INTEGER",
        *[
            f"ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0"
            for table in ("spend", "session_spend")
            for column in ("energy_mj", "energy_nano", "energy_guessed_nano")
        ],
    ),
    (_TASK_SPEND, _FILL_TASK_SPEND, "CREATE INDEX entry_by_request ON entry (request)"),
    (
        *(_TOTAL, _SESSION_SUM, _SESSION, _ANSWER_SUM, _FOLDED),
        "CREATE INDEX session_by_start ON session"
        " (first_day, cost_nano DESC, requests DESC, session, attempts, answered, estimates,"
        " input_tokens, output_tokens, estimated_nano, energy_mj, energy_nano,"
        " energy_guessed_nano)",
        "CREATE INDEX session_by_end ON session (last_day, first_day, session)"
        " WHERE last_day > first_day",
        _totals_from("spend", "all", "''"),
        *[_totals_from("spend", name, name) for name in ("provider", "model", "place", "client")],
        _totals_from("spend, json_each(tags)", "tag", "json_each.value"),
        _totals_from("task_spend", "task", "task", answers=False),
        _totals_from("task_spend", "policy", "policy", answers=False),
        _TOTALS_OF_MONTHS,
        "INSERT INTO folded SELECT 'days', ifnull(max(n), 0) FROM entry",
        "INSERT INTO folded VALUES ('turns', 0)",
        *("DROP TABLE spend", "DROP TABLE session_spend", "DROP TABLE task_spend"),
    ),
    (_DECISION_SUM, "INSERT INTO folded VALUES ('decisions', 0)"),
    (
        "ALTER TABLE alert RENAME TO alert_before",
        _ALERT_OF_A_LIMIT,
        "INSERT INTO alert SELECT window, scope, name, period, 0, threshold, at_ms, NULL"
        " FROM alert_before WHERE window = 'hour'",
        "DROP TABLE alert_before",
        "CREATE INDEX alert_unsent ON alert (at_ms) WHERE unsent IS NOT NULL",
    ),
    (
        "ALTER TABLE entry ADD COLUMN searches INTEGER",
        "ALTER TABLE entry ADD COLUMN terms TEXT",
    ),
    (
        _REQUEST_SUM,
        "CREATE INDEX request_sum_by_start ON request_sum (first_day, cost_nano DESC, request)",
        "CREATE INDEX request_sum_by_end ON request_sum (last_day, first_day, request)"
        " WHERE last_day > first_day",
        "INSERT INTO folded VALUES ('requests', 0)",
    ),
)


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database file must be."""

    application_id: int
    steps: Sequence[Step]


LEDGER = Schema(APPLICATION_ID, STEPS)


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of the last step that this database has taken."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> int:
    """Take every step that is missing, each in one transaction; the number of steps taken."""
    first = schema_version(connection)
    for number, statements in enumerate(steps[first:], start=first + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return len(steps[first:])
