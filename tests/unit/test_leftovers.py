"""The watch tells a blocked event loop from a crowded machine."""

import asyncio
import logging
import os

import pytest

from tests.leftovers import SLOW_CALLBACK, SlowCallbacks, allowed, left_over


@pytest.mark.parametrize(
    ("share", "factor"), [(0.0, 1.0), (1.0, 1.0), (1.5, 3.0), (3.0, 9.0)], ids=str
)
def test_what_is_allowed_grows_with_the_load_beyond_the_cores(share: float, factor: float) -> None:
    cores = os.cpu_count() or 1
    assert allowed(share * cores) == pytest.approx(SLOW_CALLBACK * factor)


@pytest.mark.parametrize(
    ("message", "counted"),
    [
        ("Executing <Task x at /p/orchestrator/calls/call.py:1> took 900.000 seconds", True),
        ("Executing <Task x at /p/orchestrator/calls/call.py:1> took 0.501 seconds", None),
        ("Executing <Task x at /p/tests/phones/sipp.py:1> took 900.000 seconds", False),
        ("poll 1.0 ms took 900.000 ms: 1 events", False),
    ],
    ids=["ours", "ours-short", "tests", "poll"],
)
def test_only_callbacks_of_the_product_count(message: str, counted: bool | None) -> None:
    slow = SlowCallbacks()
    slow.emit(logging.LogRecord("asyncio", logging.WARNING, "", 0, message, (), None))
    if counted is None:
        counted = allowed(os.getloadavg()[0]) < 0.501
    assert bool(slow.messages) is counted


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
