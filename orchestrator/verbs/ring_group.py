"""Ring group: the phones of its members ring until one takes the call.

    greeting ──> music or ringing ──> all together, or one by one ──answer──> talk
                                                    │
                                                    └── one round in vain ──> next step

The caller is answered only to hear a greeting. What a member who does not answer has forwarded
is not followed (`routing/ring_groups.py`).
"""

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegState
from orchestrator.calls.verdict import Reason, Verdict, no_answer
from orchestrator.ring_groups.rules import Strategy
from orchestrator.routing.caller_names import name_for_group
from orchestrator.routing.decision import RingGroup
from orchestrator.routing.music import music_of
from orchestrator.routing.plan import Person, RingGroupLine
from orchestrator.routing.ring_groups import members, silent, unanswered, why_nobody
from orchestrator.verbs import talk
from orchestrator.verbs.answering import Rung, first_to_answer
from orchestrator.verbs.calling import call_devices
from orchestrator.verbs.outcome import Done, Next, StepOutcome
from orchestrator.verbs.speech import answer, speak

KIND = "ring_group"


async def run(call: Call, data: RingGroup) -> StepOutcome:
    """Ring the group. Every leg that did not win is gone when this returns."""
    group = data.group
    call.begin_segment(KIND, group.id, group.number)
    if group.greeting and not data.resumed:
        await answer(call)
        await speak(call, (group.greeting,))
    if group.music and call.caller.state is LegState.UP:
        await call.play_music(music_of(call.tenant, group.department, group.music))
    ring = _hunt if group.strategy is Strategy.HUNT else _all
    found = await ring(call, group)
    if isinstance(found, Leg):
        _taken(call, found)
        return await talk.run(call, found)
    await call.stop_music()
    if found == talk.CALLEE_HUNG_UP:
        return Done(found)
    call.end_segment(found.reason)
    return Next(unanswered(call.facts, group, found))


async def _all(call: Call, group: RingGroupLine) -> Leg | Verdict:
    """All members who are ready together; who becomes so meanwhile is not rung."""
    ringing = _ringing(call)
    facts = call.facts
    people = [p for p in members(facts, group) if p.id in ringing or silent(facts, p) is None]
    if not people:
        return why_nobody(facts, group)
    return await _ring(call, group, people)


async def _hunt(call: Call, group: RingGroupLine) -> Leg | Verdict:
    """One member after the other, from the top; after a restart from the one who rings."""
    ringing = _ringing(call)
    people = list(members(call.facts, group))
    first = next((turn for turn, person in enumerate(people) if person.id in ringing), 0)
    tried: list[Verdict] = []
    for person in people[first:]:
        if person.id not in ringing and silent(call.facts, person) is not None:
            continue
        found = await _ring(call, group, [person])
        if isinstance(found, Leg) or found == talk.CALLEE_HUNG_UP:
            return found
        tried.append(found)
    if no_answer() in tried:
        return no_answer()
    return tried[-1] if tried else why_nobody(call.facts, group)


def _ringing(call: Call) -> set[str | None]:
    """Members whose phones ring since before a restart."""
    return {leg.person for leg in call.legs.values() if leg.alive and leg is not call.caller}


async def _ring(call: Call, group: RingGroupLine, people: list[Person]) -> Leg | Verdict:
    shown = Leg("", "", group.number, group.name)
    name = name_for_group(call.facts, group)
    devices = await call_devices(call, people, group.ring_seconds, name)
    return await first_to_answer(call, Rung(devices, shown), group.ring_seconds)


def _taken(call: Call, leg: Leg) -> None:
    """The journal tells the group first, then who took the call; one who picked it up is noted."""
    segment = call.entry.open_segment()
    if segment is not None and segment.target_kind == KIND:
        call.end_segment(Reason.FORWARDED)
        call.begin_segment("user", leg.person or "", leg.number)
        call.answered()
