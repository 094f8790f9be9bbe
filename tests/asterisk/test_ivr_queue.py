"""A key of an IVR leads to a queue."""

from tests.asterisk.office import Office, story
from tests.asterisk.queues import open_queue
from tests.asterisk.test_ivr import MAIN, People, Reception, enter, key, people, reception
from tests.asterisk.together import talk

__all__ = ["people", "reception"]  # Fixtures.


async def test_given_a_key_for_a_queue_when_pressed_then_an_agent_of_it_answers(
    office: Office, reception: Reception, people: People
) -> None:
    agent = people.phones["102"]
    queue = await open_queue(office, [people.bob])
    to = {"kind": "queue", "ref": queue}
    await reception.ivr("800", await reception.prompt(MAIN), key("4", to))
    caller = await enter(office, people)
    await caller.press("4")
    await agent.answer()
    await talk(caller, agent)
    await agent.hang_up()
    await caller.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "callee_hung_up",
        [
            ("ivr", "800", "forwarded"),
            ("queue", "900", "forwarded"),
            ("user", "102", "callee_hung_up"),
        ],
    )
