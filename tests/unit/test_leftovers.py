"""The watch tells a blocked event loop from a crowded machine."""

import asyncio
import os
import re
import time

import pytest

from tests.leftovers import SLOW_CALLBACK, SlowCallbacks, crowding, left_over


@pytest.mark.parametrize(
    ("share", "factor"), [(0.0, 1.0), (1.0, 1.0), (1.5, 3.0), (3.0, 9.0)], ids=str
)
def test_what_is_allowed_grows_with_the_load_beyond_the_cores(share: float, factor: float) -> None:
    cores = os.cpu_count() or 1
    assert crowding(share * cores) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("callback", "took", "counted"),
    [
        ("<Task x at /p/orchestrator/calls/call.py:1>", 900.0, True),
        ("<Task x at /p/orchestrator/calls/call.py:1>", 0.501, None),
        ("<Task x at /p/tests/phones/sipp.py:1>", 900.0, False),
    ],
    ids=["ours", "ours-short", "tests"],
)
def test_only_callbacks_of_the_product_count(
    callback: str, took: float, counted: bool | None
) -> None:
    slow = SlowCallbacks()
    slow.note(callback, took)
    if counted is None:
        counted = SLOW_CALLBACK * crowding(os.getloadavg()[0]) < took
    assert bool(slow.messages) is counted


async def test_a_task_that_blocks_the_loop_is_noted_with_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asyncio.Handle, "_run", asyncio.Handle._run)
    slow = SlowCallbacks(re.compile(re.escape(__file__)), seconds=0.001)
    slow.watch()

    async def blocks() -> None:
        time.sleep(0.1)  # noqa: ASYNC251 - it is what is looked for

    await asyncio.create_task(blocks())
    assert any("blocks()" in message for message in slow.messages)


async def test_a_task_that_takes_the_place_of_one_that_ended_is_not_left_over() -> None:
    forever = asyncio.Event()
    names = ("link-reader", "link-reader", "link-reader", "other")
    first, second, third, other = (asyncio.create_task(forever.wait(), name=name) for name in names)
    before: set[asyncio.Task[object]] = {first}
    try:
        assert left_over(before, {second, third, other}) in ({second, other}, {third, other})
        assert left_over(before, {first}) == set()
        assert left_over(set(), {first}) == {first}
    finally:
        forever.set()
        await asyncio.gather(first, second, third, other)
