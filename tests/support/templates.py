"""Chat templates in the usual shapes: small ones, with the habits of the real."""

# ruff: noqa: E501  # a line break would be part of the template

from __future__ import annotations

TAGGED = """{%- if tools %}
<|im_start|>system
{%- if messages[0].role == 'system' %}
{{ messages[0].content }}
{%- endif %}
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>
Answer with <tool_call>{"name": ..., "arguments": ...}</tool_call><|im_end|>
{%- elif messages[0].role == 'system' %}
<|im_start|>system
{{ messages[0].content }}<|im_end|>
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}
<|im_start|>user
<tool_response>{{ message.content }}</tool_response><|im_end|>
{%- elif message.role != 'system' or not loop.first %}
<|im_start|>{{ message.role }}
{{ message.content }}
{%- for call in message.tool_calls or [] %}
<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>
{%- endfor %}<|im_end|>
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}
{%- endif %}"""
"""Tools and calls as JSON between tags, reasoning that can be switched off."""

REASONING = """{{ bos_token }}{% for message in messages %}[{{ message.role }}]{{ message.content }}
{% endfor %}{% if add_generation_prompt %}[assistant]<think>
{% endif %}"""
"""Its first tag stands in the prompt."""

LISTED = """{{ bos_token }}
{%- for message in messages %}
{%- if message.role == 'user' %}
{%- if tools and loop.last %}[AVAILABLE_TOOLS]{{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif -%}
[INST]{{ message.content }}[/INST]
{%- elif message.role == 'assistant' and message.tool_calls %}
[TOOL_CALLS] [
{%- for call in message.tool_calls %}
{%- if call.id | length != 9 %}{{ raise_exception('An id has nine letters or digits') }}{% endif -%}
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}, "id": "{{ call.id }}"}
{%- endfor %}]{{ eos_token }}
{%- elif message.role == 'assistant' %}
{{ message.content }}{{ eos_token }}
{%- elif message.role == 'tool' %}
[TOOL_RESULTS]{{ message.content }}[/TOOL_RESULTS]
{%- else %}
{{ raise_exception('Only user, assistant and tool') }}
{%- endif %}
{%- endfor %}"""
"""No system role, short ids, calls in one list."""

JSON_ALONE = """{{ bos_token }}{% set date = strftime_now('%d %b %Y') %}
{%- for message in messages %}
<|start_header_id|>{{ message.role }}<|end_header_id|>
{% if tools and loop.first %}Today: {{ date }}
{% for tool in tools %}{{ tool | tojson(indent=4) }}
{% endfor %}Respond as {"name": function name, "parameters": dictionary}
{% endif %}
{%- if message.tool_calls %}
{%- if message.tool_calls | length != 1 %}{{ raise_exception('One call at once') }}{% endif %}
{"name": "{{ message.tool_calls[0].function.name }}", "parameters": {{ message.tool_calls[0].function.arguments | tojson }}}
{%- else %}{{ message.content }}{% endif %}<|eot_id|>
{%- endfor %}
{%- if add_generation_prompt %}
<|start_header_id|>assistant<|end_header_id|>
{% endif %}"""
"""Calls are JSON alone, one at a time, and the date is told."""

TURNS = """{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}
{%- for message in messages %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}
<start_of_turn>{{ 'model' if message.role == 'assistant' else message.role }}
{{ message.content | trim }}<end_of_turn>
{%- endfor %}
{%- if add_generation_prompt %}
<start_of_turn>model
{% endif %}"""
"""Neither system nor tools, strictly in turn."""

CONCATENATED = """{% for message in messages %}
{%- if message.tool_calls %}
{%- for call in message.tool_calls %}<call>{{ call.function.name + ':' + call.function.arguments }}{% endfor %}
{%- elif message.role == 'tool' %}<result>{{ message.content }}
{%- else %}<{{ message.role }}>{{ message.content }}{% endif %}
{%- endfor %}<assistant>"""
"""Puts arguments together as text, and does not render tools."""

ALL = {
    "tagged": TAGGED,
    "reasoning": REASONING,
    "listed": LISTED,
    "json_alone": JSON_ALONE,
    "turns": TURNS,
    "concatenated": CONCATENATED,
}
