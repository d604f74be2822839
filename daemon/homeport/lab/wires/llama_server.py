"""The shape of llama.cpp's own server: OpenAI's, with its own words about itself."""

from __future__ import annotations

from typing import Any, ClassVar

from homeport.lab import catalog
from homeport.lab.log import Received
from homeport.lab.wires.openai import OpenAIWire

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    503: "unavailable_error",
}
_OWN = ("/health", "/props", "/slots", "/metrics", "/models")


class LlamaServerWire(OpenAIWire):
    """Serves OpenAI's routes and `/health`, `/props`, `/slots`, `/metrics`, `/models`."""

    name: ClassVar[str] = "llama-server"
    lists_all: ClassVar[bool] = True

    def owns(self, request: Received) -> bool:
        """OpenAI's routes and its own."""
        return request.path in _OWN or super().owns(request)

    def plain(self, request: Received) -> Any:
        """What it says of itself."""
        model = self.models[0] if self.models else catalog.LabModel(name="lab-home")
        if request.path in ("/health", "/v1/health"):
            return {"status": "ok"}
        if request.path == "/props":
            return _props(model)
        if request.path == "/slots":
            return [{"id": 0, "n_ctx": model.context, "is_processing": False}]
        if request.path == "/metrics":
            return "llamacpp:requests_processing 0\nllamacpp:requests_deferred 0\n"
        if request.path == "/models":
            return {"object": "list", "data": [self.row(each) for each in self.models]}
        return super().plain(request)

    def row(self, model: catalog.LabModel) -> dict[str, Any]:
        """One model of the list, with what it is."""
        meta = {
            "n_vocab": 32_000,
            "n_ctx_train": model.context,
            "n_params": model.parameters,
            "size": model.size_bytes,
        }
        return {**super().row(model), "owned_by": "llamacpp", "meta": meta}

    def error(self, status: int, message: str, code: str = "") -> Any:
        """Its error object: the status is the code."""
        kind = code or _TYPES.get(status, "server_error")
        return {"error": {"code": status, "message": message, "type": kind}}


def _props(model: catalog.LabModel) -> dict[str, Any]:
    return {
        "default_generation_settings": {"n_ctx": model.context, "params": {}},
        "total_slots": 1,
        "model_path": f"/models/{model.name}.gguf",
        "chat_template": "{{ messages }}",
        "modalities": {"vision": False, "audio": False},
        "build_info": "lab",
    }
