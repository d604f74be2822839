"""Where nothing is told by the system, a difference wakes."""

import asyncio

from homeport.daemon.link.polling import Polling, interfaces


async def test_a_difference_wakes_and_sameness_does_not():
    seen = ["same", "same", "same", "other"]
    polling = Polling(lambda: seen.pop(0), every_s=0.001)
    async with asyncio.timeout(10):
        await polling.wait()
    assert seen == []
    assert repr(polling) == "Polling(every 0.001 s)"
    polling.close()


def test_what_is_compared_is_the_same_twice():
    first = interfaces()
    assert first is not None
    assert first[1].keys() == interfaces()[1].keys()
