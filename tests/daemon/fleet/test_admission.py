"""Who is let in to a model, and when: seats, room, and turns between clients."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.fleet.admission import Admission, Full, Line, Turn
from homeport.daemon.fleet.rates import Cost, Limited

ONE = Cost(10, 10)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def admission(seats: int | None = 1, *ways: Limited, most: int = 64) -> Admission:
    made = Admission(lambda: most)
    made.put("a", seats, ways or (Limited(Clock()),))
    return made


def limited(per_minute: int, clock: Clock) -> Limited:
    made = Limited(clock)
    made.bound("requests", per_minute, "config")
    return made


def line_of(made: Admission) -> Line:
    line = made.line("a")
    assert line is not None
    return line


def entered(made: Admission, client: str, *, ahead: bool = False) -> Turn | int:
    return made.enter("a", client, ONE, ahead=ahead)


async def test_nobody_waits_for_a_model_without_seats_or_limits() -> None:
    free = admission(None)
    assert free.line("a") is None
    assert [entered(free, "x") for _ in range(300)] == [0] * 300
    free.leave("a")


async def test_clients_take_turns_whatever_one_of_them_asks_for() -> None:
    made = admission(1)
    assert entered(made, "batch") == 0
    order: list[str] = []

    async def ask(client: str) -> None:
        turn = entered(made, client)
        assert isinstance(turn, Turn)
        await turn.come(5)
        order.append(client)
        made.leave("a")

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(ask("batch"))
        await asyncio.sleep(0)
        for _ in range(2):
            tasks.create_task(ask("person"))
        await asyncio.sleep(0)
        assert line_of(made).turns_before("person") == 5
        assert line_of(made).turns_before("another") == 2
        made.leave("a")
    assert order == ["batch", "person", "batch", "person", "batch", "batch"]
    assert (line_of(made).waiting, line_of(made).taken) == (0, 0)


async def test_an_answer_that_was_cut_off_goes_before_others() -> None:
    made = admission(1)
    entered(made, "x")
    waits, ahead = entered(made, "x"), entered(made, "y", ahead=True)
    assert isinstance(waits, Turn)
    assert isinstance(ahead, Turn)
    made.leave("a")
    assert await ahead.come(5) == 0
    assert line_of(made).waiting == 1
    made.leave("a")
    assert await waits.come(5) == 0


async def test_so_many_of_one_client_wait_and_others_still_may() -> None:
    made = admission(1, most=2)
    entered(made, "x"), entered(made, "x"), entered(made, "x")
    with pytest.raises(Full):
        entered(made, "x")
    assert isinstance(entered(made, "y"), Turn)
    assert isinstance(entered(made, "x", ahead=True), Turn)
    assert "4 wait" in repr(line_of(made))


async def test_who_goes_away_gives_its_turn_to_the_next() -> None:
    made = admission(1)
    entered(made, "x")
    first, second = entered(made, "x"), entered(made, "x")
    assert isinstance(first, Turn)
    assert isinstance(second, Turn)
    with pytest.raises(TimeoutError):
        await first.come(0)
    first.give_up()
    going = asyncio.ensure_future(second.come(5))
    await asyncio.sleep(0)
    made.leave("a")
    going.cancel()  # it was let in at this very moment
    with pytest.raises(asyncio.CancelledError):
        await going
    assert line_of(made).taken == 1
    second.give_up(), second.give_up()
    assert (line_of(made).taken, line_of(made).waiting) == (0, 0)
    assert entered(made, "x") == 0


async def test_who_waits_for_a_model_that_cannot_answer_is_told_once_and_keeps_its_place() -> None:
    made = admission(1)
    entered(made, "x")
    cut_off = entered(made, "y", ahead=True)
    turns = [cut_off, *(entered(made, f"{number}") for number in range(20))]
    told: list[int] = []

    async def wait(number: int, turn: Turn | int) -> None:
        assert isinstance(turn, Turn)
        while await turn.come(5) is None:
            told.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number, turn in enumerate(turns):
            tasks.create_task(wait(number, turn))
        await asyncio.sleep(0)
        made.look(lambda _model: True)
        made.look(lambda _model: True)
        await asyncio.sleep(0)
        assert told == [*range(8)], "the first decide anew before the last are told"
        for _ in range(4):
            await asyncio.sleep(0)
        assert told == [*range(21)]
        assert line_of(made).waiting == 21
        late = entered(made, "late")
        assert isinstance(late, Turn)
        made.look(lambda _model: True)
        assert await late.come(5) is None, "who came after that is told too"
        late.give_up()
        for _ in turns:
            made.leave("a")
    assert line_of(made).waiting == 0


async def test_room_under_a_limit_is_waited_for_and_given_back_unused() -> None:
    clock = Clock()
    made = admission(None, limited(2, clock))
    assert (entered(made, "x"), entered(made, "x")) == (0, 0)
    turn = entered(made, "x")
    assert isinstance(turn, Turn)
    made.leave("a", 0, ONE)
    assert await turn.come(5) == 0
    last = entered(made, "x")
    assert isinstance(last, Turn)
    coming = asyncio.ensure_future(last.come(5))
    await asyncio.sleep(0)
    clock.now_s += 60
    made.put("a", None, line_of(made).ways)
    assert await coming == 0
    line_of(made).close()


async def test_of_several_keys_the_one_with_room_is_used_and_all_by_turns() -> None:
    clock = Clock()
    made = admission(None, limited(2, clock), limited(3, clock))
    assert [entered(made, "x") for _ in range(5)] == [0, 1, 0, 1, 1]
    assert isinstance(entered(made, "x"), Turn)
    line_of(made).close()


async def test_a_timer_lets_in_who_waits_for_room_alone() -> None:
    made = admission(None, limited(600, Clock()))
    line = line_of(made)
    loop = asyncio.get_running_loop()
    fast = Limited(loop.time)
    fast.bound("requests", 600, "config")
    made.put("a", None, (fast,))
    for _ in range(600):
        fast.take(ONE)
    turn = entered(made, "x")
    assert isinstance(turn, Turn)
    assert await turn.come(5) == 0
    assert line.waiting == 0


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["enter", "leave", "give-up"])), max_size=60
)


@given(st.integers(1, 3), STEPS)
def test_never_more_are_in_than_there_are_seats_and_nobody_is_forgotten(
    seats: int, steps: list[tuple[str, str]]
) -> None:
    async def play() -> None:
        made = admission(seats, most=3)
        line, inside, turns = line_of(made), 0, []
        places: list[tuple[str, Turn]] = []
        for client, what in steps:
            if what == "enter":
                try:
                    place = entered(made, client)
                except Full:
                    continue
                if isinstance(place, Turn):
                    places.append((client, place))
                else:
                    inside += 1
            elif what == "leave" and inside:
                inside -= 1
                made.leave("a")
            elif what == "give-up" and places:
                _, gone = places.pop(0)
                gone.give_up()
            let_in = [(c, p) for c, p in places if p._place.way is not None]
            places = [(c, p) for c, p in places if p._place.way is None]
            inside += len(let_in)
            turns += [client for client, _ in let_in]
            assert line.taken == inside <= seats
            assert line.waiting == len(places)
            assert inside == seats or not places, "nobody waits while a seat is free"
        while inside:
            inside -= 1
            made.leave("a")
            let_in = [(c, p) for c, p in places if p._place.way is not None]
            places = [(c, p) for c, p in places if p._place.way is None]
            inside += len(let_in)
        assert not places
        assert sum(Counter(turns).values()) <= len(steps)

    asyncio.run(play())
