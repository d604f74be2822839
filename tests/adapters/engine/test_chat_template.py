"""Chat templates: the file's own, the helpers they rely on, and what happens when they fail."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.engine.chat_template import (
    BROKEN_NOTE,
    MISSING_NOTE,
    ChatTemplate,
    alternating,
    chatml,
    open_answer,
    render_prompt,
    without_system_role,
)
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import Turn

ASK = (Turn("system", "Be brief."), Turn("user", "Hi"))

PLAIN = """{%- for message in messages %}
<{{ message.role }}>{{ message['content'] | trim }}
{%- endfor %}
{%- if add_generation_prompt %}
<assistant>
{%- endif %}"""

STRICT = """{{ bos_token }}{% for message in messages -%}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
{{ raise_exception('Conversation roles must alternate user/assistant') }}
{%- endif %}{{ '[' + message['role'] + ']' + message['content'] + eos_token }}{% endfor %}"""


def test_the_files_own_template_is_used() -> None:
    template = ChatTemplate(PLAIN)
    assert template.note == ""
    assert template.render(ASK) == "<system>Be brief.<user>Hi<assistant>"


def test_system_words_are_folded_where_the_role_is_refused() -> None:
    template = ChatTemplate(STRICT, bos="<s>", eos="</s>")
    assert template.render(ASK) == "<s>[user]Be brief.\n\nHi</s>"
    assert template.note == ""


def test_strict_alternation_is_met() -> None:
    turns = (*ASK, Turn("user", "there"), Turn("assistant", "Yes?"), Turn("tool", "7 degrees"))
    rendered = ChatTemplate(STRICT).render(turns)
    assert rendered == "[user]Be brief.\n\nHi\n\nthere[assistant]Yes?[user]7 degrees"


def test_turns_that_a_template_drops_are_said_otherwise() -> None:
    only_known = (
        "{% for m in messages if m.role in ('user', 'assistant') %}{{ m.content }}|{% endfor %}"
    )
    turns = (*ASK, Turn("tool", "7 degrees"))
    assert ChatTemplate(only_known).render(turns) == "Be brief.\n\nHi|7 degrees|"


@pytest.mark.parametrize("source", ["{% for %}", "{{ raise_exception('never') }}", "{{ 1 / 0 }}"])
def test_a_template_that_fails_is_replaced_and_told(source: str) -> None:
    template = ChatTemplate(source)
    assert template.render(ASK) == chatml(ASK)
    assert template.note == BROKEN_NOTE


def test_a_missing_template_is_told() -> None:
    template = ChatTemplate("")
    assert template.note == MISSING_NOTE
    expected = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
    assert template.render(ASK) == expected + "<|im_start|>assistant\n"


def test_the_helpers_of_templates_are_there() -> None:
    source = (
        "{{ strftime_now('%Y') }} {{ {'a': 'ü'} | tojson }} {{ tools is none }}"
        "{% for n in [1, 2, 3] %}{% if n == 2 %}{% break %}{% endif %}{{ n }}{% endfor %}"
        "{% for m in messages %}{{ m.content }}{% endfor %}"
    )
    year = datetime.datetime.now().astimezone().year
    assert ChatTemplate(source).render(ASK) == f'{year} {{"a": "ü"}} True1Be brief.Hi'


ESCAPES = (
    "{{ messages.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ messages.append(1) }}",
)


@pytest.mark.parametrize("source", ESCAPES)
def test_a_template_cannot_leave_its_sandbox(source: str) -> None:
    assert ChatTemplate(source).render(ASK) == chatml(ASK)


def test_words_are_put_in_as_they_are() -> None:
    turns = (Turn("user", "<b>{{ 7 * 7 }}</b> & {% raw %}"),)
    assert "<b>{{ 7 * 7 }}</b> & {% raw %}" in ChatTemplate(PLAIN).render(turns)


def test_an_open_answer_is_continued() -> None:
    assert open_answer(ASK, "so far") == (ASK, "so far")
    begun = (*ASK, Turn("assistant", "The capital"))
    assert open_answer(begun, " is") == (ASK, "The capital is")


def test_nothing_to_answer_is_told() -> None:
    with pytest.raises(EngineFailure, match="no message"):
        render_prompt(chatml, ())


def test_system_words_without_a_user_become_the_users() -> None:
    assert without_system_role([Turn("system", "a")]) == [Turn("user", "a")]
    assert without_system_role([]) == []


turn_lists = st.lists(
    st.builds(Turn, st.sampled_from(["system", "user", "assistant", "tool"]), st.text(max_size=3)),
    max_size=6,
)


@given(turns=turn_lists)
def test_alternation_holds_and_no_word_is_lost(turns: list[Turn]) -> None:
    merged = alternating(turns)
    assert all(turn.role == ("user", "assistant")[at % 2] for at, turn in enumerate(merged))
    everything = "".join(turn.content for turn in merged)
    assert all(turn.content in everything for turn in turns)
