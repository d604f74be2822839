"""What a model reads beside the prompt where it is tried after a failure: the answer so far, the
orders that go with it, and what is wrong with a call of its own.

It is measured on the very prompts that models are asked with (`way_on.py`), so that what is set
aside for an attempt covers what is sent. Who is asked is not decided yet: the most of all ways
counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from homeport.adapters.base import Prompt
from homeport.analysis import count_bound, estimate_tokens
from homeport.analysis.tokens import MESSAGE_BOUND, MESSAGE_TOKENS, PROMPT_BOUND
from homeport.daemon.handover.sent import NOTHING_BESIDE, Beside, Sent
from homeport.daemon.handover.splice import asked_to_go_on
from homeport.daemon.handover.way_on import form_in_words, way_on
from homeport.daemon.routing.correcting import Correction, corrected
from homeport.policies.model import ModelCard

WIDEST: Final = tuple(
    ModelCard(
        id="",
        provider="",
        name="",
        place="lan",
        host="host",
        continues=continues,
        capabilities=("json_schema",),
    )
    for continues in (True, False)
)
"""Cards of models that cost money, of which everything is asked that is asked of any other: the
engine of this machine alone is asked for more."""


def beside(prompt: Prompt, sent: Sent, correction: Correction | None) -> Beside:
    """The most that any model that costs money is given to read beside the prompt."""
    asked = prompt if correction is None else corrected(prompt, correction)
    added = [_added(prompt, way, prefix) for way, prefix in _ways(asked, sent)]
    return Beside(max(most.bound for most in added), max(most.tokens for most in added))


def _ways(prompt: Prompt, sent: Sent) -> Iterator[tuple[Prompt, str]]:
    """The prompts that models may be asked with, and the openings of their own turns."""
    if sent.calls:
        for card in WIDEST:
            for again in (False, True):
                way = way_on(prompt, sent, card, again=again)
                yield way.prompt, way.prefix
    elif sent.text:
        # Who is handed the text as the opening of its turn reads the same, and fewer orders.
        form = prompt.response_format
        also = form_in_words(form) if form.kind != "text" else ""
        yield asked_to_go_on(prompt, sent.text, also), ""
    else:
        yield prompt, ""


def _added(prompt: Prompt, asked: Prompt, prefix: str) -> Beside:
    """What `asked` and the opening have that the prompt had not."""
    known = set(map(id, prompt.messages))
    texts = [message.text for message in asked.messages if id(message) not in known]
    texts += [prefix] if prefix else []
    if not texts:
        return NOTHING_BESIDE
    schemas = 0
    bound = sum([count_bound(text) + MESSAGE_BOUND for text in texts])
    if asked.tools is not prompt.tools:
        schemas += max(0, _size(asked.tools) - _size(prompt.tools))
    if asked.response_format is not prompt.response_format and asked.response_format.schema:
        schemas += _size(asked.response_format.schema)
        bound += PROMPT_BOUND
    tokens = sum([estimate_tokens(text) + MESSAGE_TOKENS for text in texts]) + schemas // 4
    return Beside(bound + 2 * schemas, tokens)


def _size(value: object) -> int:
    return len(msgspec.json.encode(value))
