"""What a server remembers."""

from __future__ import annotations

import json

from homeport.lab.log import Log, Received


def received(**fields: object) -> Received:
    given: dict[str, object] = {"method": "POST", "path": "/v1/chat/completions", **fields}
    return Received(**given)  # type: ignore[arg-type]


def test_prompts_are_counted_by_model_and_path() -> None:
    log = Log()
    log.add(received(model="a", is_prompt=True, tokens=3))
    log.add(received(model="b", is_prompt=True, tokens=4))
    log.add(received(path="/v1/models"))
    assert (log.calls(), log.calls(model="a"), log.calls(path="/v1/models")) == (2, 1, 0)
    assert log.tokens == 7
    assert log.last.model == "b"
    assert [request.number for request in log] == [1, 2, 3]
    assert repr(log) == "Log(3 requests, 7 tokens)"


def test_anything_that_arrived_is_found() -> None:
    log = Log()
    log.add(received(body=b"the heron", headers={"x-a": "pier"}, query="q=tide"))
    log.unread += b"half a req"
    assert [log.holds(word) for word in ("heron", "pier", "tide", "half a", "gull")] == [
        True,
        True,
        True,
        True,
        False,
    ]


def test_the_oldest_go_and_are_counted() -> None:
    log = Log(most=2)
    for number in range(3):
        log.add(received(body=b"%d" % number))
    assert (len(log), log.received) == (2, 3)
    log.clear()
    assert (len(log), log.received) == (0, 0)


def test_bodies_that_came_later_are_bounded_too() -> None:
    log = Log(most=4, most_bytes=10)
    requests = [received() for _ in range(6)]
    for request in requests:
        log.add(request)
    for request in requests:
        request.body = b"123456"
        log.weigh(request)
    assert log.requests == requests[-1:]
    log.clear()
    log.weigh(requests[-1])
    log.add(received(body=b"12345"))
    log.add(received(body=b"12345"))
    assert len(log) == 2


def test_what_is_told_hides_keys() -> None:
    log = Log()
    log.add(received(headers={"authorization": "Bearer sk-1", "x-a": "b"}, is_prompt=True))
    told = log.told()
    assert told["requests"][0]["headers"] == {"authorization": "…", "x-a": "b"}
    assert told["outcomes"] == {"running": 1}
    assert log.told(last=0)["requests"] == []


def test_the_body_as_json() -> None:
    assert received(body=b'{"a": 1}').json == {"a": 1}


def test_a_text_is_found_however_json_writes_it() -> None:
    log = Log()
    log.add(received(body=json.dumps({"a": 'the é of "Noël"\n'}).encode()))
    assert log.holds('é of "Noël"\n')
    log.clear()
    log.add(received(body=json.dumps({"a": "Noël"}, ensure_ascii=False).encode()))
    assert log.holds("Noël")
    assert not log.holds("Noel")
