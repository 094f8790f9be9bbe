"""The mailbox keeps order, is bounded, and wakes its one reader."""

import asyncio

from orchestrator.calls.mailbox import Mailbox


async def test_items_come_in_order() -> None:
    box: Mailbox[int] = Mailbox()
    for number in range(5):
        assert box.put(number)
    assert [await box.take(1) for _ in range(5)] == [0, 1, 2, 3, 4]


async def test_a_full_mailbox_says_so_and_keeps_what_it_has() -> None:
    box: Mailbox[int] = Mailbox(limit=2)
    assert box.put(1)
    assert box.put(2)
    assert not box.put(3)
    assert [await box.take(0), await box.take(0), await box.take(0)] == [1, 2, None]


async def test_the_reader_wakes_when_something_comes() -> None:
    box: Mailbox[str] = Mailbox()
    reader = asyncio.create_task(box.take(10))
    await asyncio.sleep(0)
    box.put("hello")
    assert await reader == "hello"


async def test_waiting_ends_after_its_time() -> None:
    assert await Mailbox[int]().take(0.01) is None


async def test_a_cancelled_reader_leaves_the_mailbox_usable() -> None:
    box: Mailbox[int] = Mailbox()
    reader = asyncio.create_task(box.take(None))
    await asyncio.sleep(0)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    box.put(7)
    assert await box.take(1) == 7
