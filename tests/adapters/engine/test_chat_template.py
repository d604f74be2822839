"""Chat templates: the file's own, the helpers they rely on, and what happens when they fail."""

from __future__ import annotations

import datetime

import pytest

from homeport.adapters.engine.call_format import JSON_ALONE, LISTED, TAGGED
from homeport.adapters.engine.chat_template import (
    BROKEN_NOTE,
    MISSING_NOTE,
    ChatTemplate,
    chatml,
    open_answer,
    render_prompt,
)
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import Turn, TurnCall
from homeport.adapters.mending.thinking_tags import tag_left_open
from support import templates

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


TOOL = {
    "type": "function",
    "function": {"name": "get_weather", "description": "", "parameters": {"type": "object"}},
}
TALK = (
    Turn("system", "Be brief."),
    Turn("user", "Warm?"),
    Turn("assistant", "", (TurnCall("call_1", "get_weather", '{"city": "Kiel"}'),)),
    Turn("tool", "7 degrees", (), "call_1", "get_weather"),
    Turn("assistant", "Not very."),
    Turn("user", "And in Rome?"),
)


@pytest.mark.parametrize("name", sorted(templates.ALL))
def test_a_conversation_with_calls_loses_nothing_in_any_template(name: str) -> None:
    template = ChatTemplate(templates.ALL[name], bos="<s>", eos="</s>")
    offered = template.render_offer(TALK, [TOOL], must_call=False)
    for text in (template.render(TALK), offered.text):
        for word in ("Be brief.", "Warm?", "get_weather", "Kiel", "7 degrees", "Not very.", "Rome"):
            assert word in text
        assert text.index("Kiel") < text.index("7 degrees") < text.index("Not very.")
        assert text.count("<s>") <= 1
    assert template.note == ""


def test_tools_are_rendered_in_the_templates_own_way() -> None:
    def offered(source: str, **needs: bool) -> tuple[str, object]:
        return ChatTemplate(source).render_offer(ASK, [TOOL], must_call=False, **needs)

    assert offered(templates.TAGGED)[1] is TAGGED
    assert "<tools>" in offered(templates.TAGGED)[0]
    assert offered(templates.LISTED)[1] is LISTED
    assert "[AVAILABLE_TOOLS]" in offered(templates.LISTED)[0]
    assert offered(templates.JSON_ALONE)[1] is JSON_ALONE
    assert offered(templates.JSON_ALONE, needs_mark=True)[1] is TAGGED


@pytest.mark.parametrize("name", ["reasoning", "turns", "concatenated"])
def test_tools_are_told_in_plain_words_where_a_template_knows_none(name: str) -> None:
    template = ChatTemplate(templates.ALL[name])
    offered = template.render_offer(ASK, [TOOL], must_call=True)
    assert offered.form is TAGGED
    assert "You can call these tools" in offered.text
    assert "nothing else" in offered.text


def test_reasoning_is_switched_off_where_the_template_lets_it() -> None:
    template = ChatTemplate(templates.TAGGED)
    assert "<think>" not in template.render(ASK)
    assert template.render(ASK, thinks=False).endswith("</think>\n\n")
    assert tag_left_open(ChatTemplate(templates.REASONING).render(ASK)) == "<think>"


def test_without_a_template_calls_are_words() -> None:
    text = ChatTemplate("").render(TALK)
    assert '"arguments": {"city": "Kiel"}' in text
    assert "<|im_start|>tool\nResult of get_weather:\n7 degrees" in text


def test_an_answer_that_ends_with_a_call_is_not_gone_on_from() -> None:
    assert open_answer(TALK[:3], "so far") == (TALK[:3], "so far")
