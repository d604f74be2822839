"""Ollama's native shape: chat, generate, embeddings, and what it says of its models."""

from __future__ import annotations

from typing import Any, ClassVar

from homeport.lab import catalog
from homeport.lab.answering import input_tokens, vector_of
from homeport.lab.log import Received
from homeport.lab.nouns import Answer, Asked, Call, Frames, Refused, compact
from homeport.lab.wires.openai_chat import last_said
from homeport.lab.wires.shape import Wire, arguments_of, body_of, message_of, required, text_in

VERSION = "0.14.2"
CONTENT_TYPE = "application/x-ndjson"
_FINISH = {"length": "length"}
_WHEN = "2026-01-01T00:00:00Z"
_PROMPTS = ("/api/chat", "/api/generate", "/api/embed", "/api/embeddings")


class OllamaWire(Wire):
    """Serves `/api/*`."""

    name: ClassVar[str] = "ollama"

    def owns(self, request: Received) -> bool:
        """The root, and everything below `/api`."""
        return request.path == "/" or request.path.startswith("/api/")

    def asked(self, request: Received) -> Asked | None:
        """The prompt of whichever route brings one."""
        if request.method != "POST" or request.path not in _PROMPTS:
            return None
        body = body_of(request)
        required(body, "model")
        if request.path == "/api/chat":
            return _read_chat(body)
        if request.path == "/api/generate":
            return _read_generate(body)
        given = body.get("input", body.get("prompt", ""))
        inputs = (given,) if isinstance(given, str) else tuple(map(str, given))
        return Asked(kind="embed", model=str(body["model"]), inputs=inputs, body=body)

    def plain(self, request: Received) -> Any:
        """What it says of itself and its models."""
        if request.path == "/":
            return "Ollama is running"
        if request.path == "/api/version":
            return {"version": VERSION}
        if request.path == "/api/tags":
            return {"models": [_row(model) for model in self.models]}
        if request.path == "/api/ps":
            loaded = [model for model in self.models if not model.embeds][:1]
            return {"models": [_running(model) for model in loaded]}
        if request.path == "/api/show":
            body = body_of(request)
            model = catalog.find(self.models, str(body.get("model") or body.get("name") or ""))
            if not model:
                raise Refused(404, f"model '{body.get('model')}' not found")
            return _show(model)
        return None

    def key(self, request: Received) -> str:
        """None is needed; one that is sent counts."""
        return super().key(request)

    def streamed(self, asked: Asked, answer: Answer) -> Frames:
        """Lines, one for each token."""
        generates = asked.kind == "completion"
        lines = [_said(generates, thinking=token) for token in answer.thinking]
        lines += [_said(generates, text=token) for token in answer.text]
        lines += [_said(generates, calls=[call]) for call in answer.calls]
        tokens = tuple(_line({**_top(answer), **said, "done": False}) for said in lines)
        return Frames(
            content_type=CONTENT_TYPE,
            tokens=tokens,
            ending=_line({**_top(answer), **_said(generates), **_end(answer)}),
        )

    def whole(self, asked: Asked, answer: Answer) -> Any:
        """One object."""
        if asked.kind == "embed":
            return _vectors(asked)
        said = _said(
            asked.kind == "completion",
            text=answer.whole_text,
            thinking=answer.whole_thinking,
            calls=list(answer.calls),
        )
        return {**_top(answer), **said, **_end(answer)}

    def error(self, status: int, message: str, code: str = "") -> Any:
        """Ollama's error: a sentence."""
        del status, code
        return {"error": message}

    def error_event(self, status: int) -> bytes:
        """A line with an error in it."""
        return self.event(compact(self.error(status, message_of(status))))

    def event(self, data: bytes) -> bytes:
        """One line."""
        return data + b"\n"

    def open_event(self) -> bytes:
        """A line without an end."""
        return b'{"model": "'


def _read_chat(body: dict[str, Any]) -> Asked:
    messages = [m for m in body.get("messages") or () if isinstance(m, dict)]
    last = messages[-1] if messages else {}
    options = body.get("options") or {}
    tools = [(tool.get("function") or {}).get("name") for tool in body.get("tools") or ()]
    return Asked(
        model=str(body["model"]),
        stream=bool(body.get("stream", True)),
        text="\n".join(text_in(m.get("content")) for m in messages),
        question=last_said(messages, "user"),
        prefix=text_in(last.get("content")) if last.get("role") == "assistant" else "",
        max_tokens=_most(options),
        stop=tuple(options.get("stop") or ()),
        tools=tuple(str(name or "") for name in tools),
        has_result=last.get("role") == "tool",
        schema=_schema(body.get("format")),
        body=body,
    )


def _read_generate(body: dict[str, Any]) -> Asked:
    options = body.get("options") or {}
    prompt = str(body.get("prompt") or "")
    return Asked(
        kind="completion",
        model=str(body["model"]),
        stream=bool(body.get("stream", True)),
        text="\n".join(filter(None, (str(body.get("system") or ""), prompt))),
        question=prompt,
        max_tokens=_most(options),
        stop=tuple(options.get("stop") or ()),
        schema=_schema(body.get("format")),
        body=body,
    )


def _most(options: dict[str, Any]) -> int | None:
    most = options.get("num_predict")
    return most if isinstance(most, int) and most >= 0 else None


def _schema(shape: Any) -> dict[str, Any] | None:
    if shape == "json":
        return {"type": "object", "properties": {"answer": {"type": "string"}}}
    return shape if isinstance(shape, dict) else None


def _line(value: Any) -> bytes:
    return compact(value) + b"\n"


def _top(answer: Answer) -> dict[str, Any]:
    return {"model": answer.model, "created_at": _WHEN}


def _said(
    generates: bool, *, text: str = "", thinking: str = "", calls: list[Call] | None = None
) -> dict[str, Any]:
    if generates:
        return {"response": text, **({"thinking": thinking} if thinking else {})}
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if thinking:
        message["thinking"] = thinking
    if calls:
        message["tool_calls"] = [
            {"id": call.id, "function": {"name": call.name, "arguments": arguments_of(call)}}
            for call in calls
        ]
    return {"message": message}


def _end(answer: Answer) -> dict[str, Any]:
    end: dict[str, Any] = {
        "done": True,
        "done_reason": _FINISH.get(answer.finish, "stop"),
        "total_duration": 1_000_000_000,
        "load_duration": 1_000_000,
    }
    if answer.usage:
        end |= {
            "prompt_eval_count": answer.usage.input,
            "prompt_eval_duration": 100_000_000,
            "eval_count": answer.usage.output,
            "eval_duration": 800_000_000,
        }
    return end


def _vectors(asked: Asked) -> dict[str, Any]:
    vectors = [vector_of(text, asked.body.get("dimensions")) for text in asked.inputs]
    if "prompt" in asked.body:
        return {"embedding": vectors[0]}
    count = input_tokens(asked)
    return {"model": asked.model, "embeddings": vectors, "prompt_eval_count": count}


def _row(model: catalog.LabModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "model": model.name,
        "modified_at": _WHEN,
        "size": model.size_bytes,
        "digest": f"{abs(hash_of(model.name)):064x}",
        "details": _details(model),
    }


def hash_of(text: str) -> int:
    """A number that the text alone decides."""
    import zlib

    return zlib.crc32(text.encode())


def _details(model: catalog.LabModel) -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": "lab",
        "families": ["lab"],
        "parameter_size": f"{model.parameters / 1e9:.1f}B",
        "quantization_level": "Q4_K_M",
    }


def _running(model: catalog.LabModel) -> dict[str, Any]:
    until = {"expires_at": "2099-01-01T00:00:00Z", "size_vram": model.size_bytes}
    return {**_row(model), **until, "context_length": model.context}


def _show(model: catalog.LabModel) -> dict[str, Any]:
    return {
        "license": "",
        "modelfile": f"FROM {model.name}",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _details(model),
        "model_info": {
            "general.architecture": "lab",
            "general.parameter_count": model.parameters,
            "lab.context_length": model.context,
            "lab.embedding_length": 8,
        },
        "capabilities": list(model.capabilities),
        "modified_at": _WHEN,
    }
