"""A fast upstream in the shape of OpenAI chat, so that what is measured is what stands before it.

`python upstream.py PORT CHUNKS` answers every POST: a stream of CHUNKS chunks
where the body says `"stream":true`, else one object. GET lists one model.
"""

from __future__ import annotations

import asyncio
import json
import sys

CHUNK = (
    'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"fast","choices":'
    '[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}\n\n'
)
END = (
    'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"fast","choices":'
    '[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"fast","choices":[],'
    '"usage":{"prompt_tokens":50,"completion_tokens":8,"total_tokens":58}}\n\n'
    "data: [DONE]\n\n"
)
WHOLE = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "fast",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "A lamp that keeps ships from harm."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 50, "completion_tokens": 8, "total_tokens": 58},
}
NAMES = ("fast", "gpt-4o-mini")
MODELS = {
    "object": "list",
    "data": [{"id": name, "object": "model", "max_model_len": 131072} for name in NAMES],
}


def response(body: bytes, kind: bytes) -> bytes:
    """One HTTP/1.1 response, kept alive."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n"
    return head % (kind, len(body)) + body


class Upstream(asyncio.Protocol):
    """Reads requests off one connection and answers each at once."""

    chunks = 8
    short_stream = b""
    whole = response(json.dumps(WHOLE).encode(), b"application/json")
    models = response(json.dumps(MODELS).encode(), b"application/json")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            self.answer(head, body)

    def answer(self, head: bytes, body: bytes) -> None:
        """Write the one response that fits."""
        if head.startswith(b"get"):
            self.transport.write(self.models)
        elif b'"stream":true' in body.replace(b" ", b""):
            self.stream(body)
        else:
            self.transport.write(self.whole)

    def stream(self, body: bytes) -> None:
        """A long stream for prompts that ask for `long`, a short one for the rest."""
        count = self.chunks if b"long" in body else 8
        text = CHUNK.encode()
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        framed = b"%x\r\n%s\r\n" % (len(text), text)
        for _ in range(count // 64):
            self.transport.write(framed * 64)
        self.transport.write(framed * (count % 64))
        end = END.encode()
        self.transport.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(end), end))


async def main(port: int, chunks: int) -> None:
    """Serve until killed."""
    Upstream.chunks = chunks
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
