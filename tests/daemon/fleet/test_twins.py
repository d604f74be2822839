"""Cards that mean the same weights, wherever they run."""

from __future__ import annotations

from homeport.daemon.fleet.twins import twins_of
from support.scripted import card

BIG = {"quantisation": "Q4_K_M", "place": "lan"}
A, B = card("box-a/qwen3:8b", **BIG), card("box-b/qwen3:8b", **BIG)


def test_the_same_name_size_and_quantisation_are_one_model() -> None:
    latest = card("ollama/Qwen3:8b", quantisation="q4_k_m")
    twins = twins_of([A, B, latest, card("box-a/other")])
    assert {model: {one.id for one in group} for model, group in twins.items()} == {
        model: {A.id, B.id, latest.id} for model in (A.id, B.id, latest.id)
    }


def test_what_differs_or_is_in_the_cloud_has_no_twin() -> None:
    others = [
        card("box-c/qwen3:8b", quantisation="Q8_0"),
        card("box-d/qwen3:8b", **BIG | {"parameters": 7 * 10**9}),
        card("sky/qwen3:8b", **BIG | {"place": "cloud"}),
    ]
    assert twins_of([A, *others]) == {}
