"""Phones that hand a call on before it is a conversation, on the fake Asterisk."""

from tests.unit.calls.desk import SILENT, Desk, until


async def test_a_transfer_that_comes_before_the_answer_is_seen_is_carried_out_after_it(
    desk: Desk,
) -> None:
    desk.phones("u102x0", phone=SILENT)
    call = desk.call("u101x0", "102")
    world = desk.asterisk.world
    await until(lambda: f"{call}~1" in world.channels)
    desk.asterisk.transfer(f"{call}~1", "104")
    desk.asterisk.transfer(f"{call}~1", "103")
    desk.asterisk.pick_up(f"{call}~1")
    await until(lambda: f"{call}~1" not in world.channels)
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    steps = [(s.target, s.reason) for s in desk.entry(call).segments]
    assert steps == [("102", "transferred"), ("103", "caller_hung_up")]
    await desk.empty()


async def test_a_caller_who_hears_a_prompt_has_nobody_to_hand_on(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 5.0
    call = desk.call("u101x0", "199")
    channel = desk.asterisk.world.channels[call]
    await until(lambda: bool(channel.playing))
    desk.asterisk.transfer(call, "103")
    await until(lambda: channel.transfer == ["channel_declined"])
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
