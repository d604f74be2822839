"""What each wire has no word for, with a sentence each.

`ANSWERS`: what a door of that wire leaves out of an answer that came by another.
`PROMPTS`: what an upstream of that wire is told as near as the wire can; a knob
that is dropped is named in `x-homeport-dropped`.
`VETOES`: what keeps an upstream of that wire from answering the prompt at all.

The README has the same tables, and they are tested against recorded exchanges:
whatever is not here is not lost, and whatever is here really is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Table = Mapping[str, Mapping[str, str]]

_ELSEWHERE: Final = "Only the provider whose own part it is can read it."

ANSWERS: Final[Table] = {
    "openai-chat": {
        "opaque": _ELSEWHERE,
        "stop_sequence": "Which stop sequence ended the answer is not told.",
        "usage.cache_write_1h": "Caches are counted together, however long they are kept.",
        "usage.searches": "Searches of the web are not counted.",
    },
    "openai-responses": {
        "opaque": _ELSEWHERE,
        "stop_sequence": "There are no stop sequences.",
        "usage.cache_write_1h": "Caches are counted together, however long they are kept.",
        "usage.input_audio": "Sound is counted with the rest of the input.",
        "usage.output_audio": "Sound is counted with the rest of the output.",
        "usage.searches": "Searches of the web are not counted.",
    },
    "anthropic": {
        "logprobs": "Probabilities of tokens are not told.",
        "opaque": _ELSEWHERE,
        "refusal": "A refusal is told as text, under the stop reason `refusal`.",
        "usage.input_audio": "Sound is counted with the rest of the input.",
        "usage.output_audio": "Sound is counted with the rest of the output.",
        "usage.searches": "Only searches by its own tool are counted.",
    },
    "gemini": {
        "opaque": _ELSEWHERE,
        "refusal": "A refusal is told as text, under the finish reason `SAFETY`.",
        "stop_sequence": "Which stop sequence ended the answer is not told.",
        "usage.cache_write": "What is written into a cache is counted with the rest of the input.",
        "usage.cache_write_1h": "What is written into a cache is counted with the rest.",
        "usage.searches": "Searches are told by their words, and only those of Google.",
    },
    "ollama": {
        "citations": "Sources are not told.",
        "opaque": _ELSEWHERE,
        "reason": "A filtered answer ends with `stop`.",
        "refusal": "A refusal is told as text.",
        "seals": "Reasoning has no signature, and none that is encrypted.",
        "stop_sequence": "Which stop sequence ended the answer is not told.",
        "usage.cache_read": "Only tokens read and written are counted.",
        "usage.cache_write": "Only tokens read and written are counted.",
        "usage.cache_write_1h": "Only tokens read and written are counted.",
        "usage.input_audio": "Only tokens read and written are counted.",
        "usage.output_audio": "Only tokens read and written are counted.",
        "usage.reasoning": "Only tokens read and written are counted.",
        "usage.searches": "Only tokens read and written are counted.",
    },
}

_ERRORS: Final = "A tool's failure is told in words: its result begins with `Error: `."
_REASONING: Final = "Reasoning is given back to the provider whose it is, and to no other."
_NEAREST: Final = "The nearest of the levels that its models know."
_FILES_OF_TEXT: Final = "A file of plain text becomes a text."
_OPENING: Final = "A conversation without a first user's turn is opened with `Go on.`"

PROMPTS: Final[Table] = {
    "openai-chat": {
        "errors of tools": _ERRORS,
        "files": "What a tool gave back beside text follows in a user's turn.",
        "files in results": "What a tool gave back beside text follows in a user's turn.",
        "images": "What a tool gave back beside text follows in a user's turn.",
        "images in results": "What a tool gave back beside text follows in a user's turn.",
        "linked images": "What a tool gave back beside text follows in a user's turn.",
        "linked images in results": "What a tool gave back beside text follows in a user's turn.",
        "reasoning": _REASONING,
        "reasoning's seals": _REASONING,
        "reasoning_budget": "A number of tokens becomes one of the levels.",
        "reasoning_effort": "A number of tokens becomes one of the levels.",
        "text files": _FILES_OF_TEXT,
        "top_k": "OpenAI's own models have no such knob.",
        "words": "What a tool gave back beside text follows in a user's turn.",
    },
    "openai-responses": {
        "errors of tools": _ERRORS,
        "frequency_penalty": "There is no such knob.",
        "presence_penalty": "There is no such knob.",
        "reasoning": _REASONING,
        "reasoning's seals": _REASONING,
        "reasoning_budget": "A number of tokens becomes one of the levels.",
        "seed": "There is no such knob.",
        "stop": "There are no stop sequences.",
        "text files": _FILES_OF_TEXT,
        "top_k": "There is no such knob.",
        "words": _FILES_OF_TEXT,
    },
    "anthropic": {
        "custom tools": "A tool that takes text becomes one that takes an object with it.",
        "format": "JSON of any shape is asked for in the instructions.",
        "frequency_penalty": "There is no such knob.",
        "logprobs": "There are no probabilities of tokens.",
        "presence_penalty": "There is no such knob.",
        "reasoning": "Reasoning without Anthropic's signature is refused, and so is left out.",
        "reasoning's seals": _REASONING,
        "reasoning_budget": "Some models take a number of tokens, and others a level.",
        "reasoning_effort": _NEAREST,
        "seed": "There is no such knob.",
        "system": "JSON of any shape is asked for in the instructions.",
        "temperature": "The newest models take no such knob.",
        "tool choice": "Where only some tools may be called, only those are offered.",
        "tools": "Where only some tools may be called, only those are offered.",
        "top_k": "The newest models take no such knob.",
        "top_logprobs": "There are no probabilities of tokens.",
        "top_p": "The newest models take no such knob.",
        "words": _OPENING,
    },
    "gemini": {
        "linked files": "Sound by its address comes back as a file of Google's kind.",
        "own parts": "Sound by its address comes back as a file of Google's kind.",
        "reasoning": _REASONING,
        "reasoning's seals": _REASONING,
        "reasoning_effort": _NEAREST,
        "system": "Instructions without any turn become a user's turn.",
        "words": "Instructions without any turn become a user's turn.",
    },
    "ollama": {
        "errors of tools": _ERRORS,
        "reasoning's seals": "Reasoning has no signature, and none that is encrypted.",
        "reasoning_budget": "Reasoning is on or off, but for models with three levels.",
        "reasoning_effort": "Reasoning is on or off, but for models with three levels.",
        "text files": _FILES_OF_TEXT,
        "tool choice": "Tools are offered or not: one that must be called is offered alone.",
        "tools": "Tools are offered or not: one that must be called is offered alone.",
        "words": _FILES_OF_TEXT,
    },
}

VETOES: Final[Table] = {
    "openai-chat": {
        "held files": "A file that another provider holds cannot be read.",
        "linked files": "A file has to be sent whole, or by an id of the same provider.",
        "own parts": _ELSEWHERE,
        "provider's tools": "Only the provider whose tool it is can run it.",
    },
    "openai-responses": {
        "held files": "A file that another provider holds cannot be read.",
        "own parts": _ELSEWHERE,
        "provider's tools": "Only the provider whose tool it is can run it.",
    },
    "anthropic": {
        "held files": "A file that another provider holds cannot be read.",
        "own parts": _ELSEWHERE,
        "provider's tools": "Only the provider whose tool it is can run it.",
        "sound": "Models read text, images and documents.",
    },
    "gemini": {
        "custom tools": "Models are offered functions alone.",
        "held files": "A file that another provider holds cannot be read.",
        "own parts": _ELSEWHERE,
        "provider's tools": "Only the provider whose tool it is can run it.",
    },
    "ollama": {
        "custom tools": "Models are offered functions alone.",
        "files": "Models read text and images.",
        "held files": "A file that another provider holds cannot be read.",
        "linked files": "Models read text and images.",
        "linked images": "An image has to be sent whole.",
        "own parts": _ELSEWHERE,
        "provider's tools": "Only the provider whose tool it is can run it.",
        "sound": "Models read text and images.",
    },
}
