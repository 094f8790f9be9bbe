"""What happens if this number calls that one at this time: the real rules, with a trace. Pure.

The outcome is a tree: what the call does first, and, where people may answer or not, what follows
each way in which they do not. Nothing is looked up twice and nothing is guessed: every decision
is made by the functions that decide real calls.
"""

from dataclasses import dataclass, field, replace

from orchestrator.calls.verdict import (
    Outcome,
    Reason,
    Verdict,
    busy,
    no_answer,
    not_registered,
)
from orchestrator.queues.rules import BY_SKILLS
from orchestrator.routing import queues
from orchestrator.routing.decision import (
    Announce,
    ByName,
    CheckMailbox,
    Decision,
    DepartmentMenu,
    DialOut,
    End,
    Feature,
    Forward,
    Intercom,
    Join,
    LeaveMessage,
    Menu,
    Monitor,
    Page,
    Park,
    PickUp,
    Queue,
    RecordPrompt,
    Ring,
    RingGroup,
    Unpark,
)
from orchestrator.routing.department_menus import by_menu
from orchestrator.routing.dialled import unreached
from orchestrator.routing.facts import Facts, Note, Trace
from orchestrator.routing.first_step import first_step
from orchestrator.routing.inbound import onward
from orchestrator.routing.plan import AgentLine, IvrKeyLine, IvrLine, Person, QueueLine
from orchestrator.routing.ring_groups import NOBODY, ready, unanswered, why_nobody

MOST_STEPS = 30
"""Steps of one simulation; a plan that is longer is shown up to there."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """One step of the call, why it is taken, and what may follow.

    `kind` is that of the decision; `target` whom or what it leads to; `seconds` how long it may
    ring, 0: as long as it takes. `verdict` and `reason` are how the call ends, if it does here.
    `ways` are the numbers that are called, the keys of an IVR, or those who ring. `then` says what
    follows, by what happened: `no_answer`, `busy`, `not_registered`, `nobody_available`,
    `afterwards`, `key 1`, `no_input`, `invalid_input`.
    """

    kind: str
    target: str
    notes: tuple[Note, ...]
    seconds: int = 0
    verdict: Outcome | None = None
    reason: Reason | None = None
    ways: tuple[str, ...] = ()
    then: dict[str, "Simulated"] = field(default_factory=dict)


def simulate(facts: Facts, number: str) -> Simulated:
    """Follow a call for `number` as far as it can go; `facts` say who calls, and when."""
    return _Simulation().first(facts, number)


class _Simulation:
    """Counts the steps, and knows who was rung: a plan that goes in a circle is cut off there."""

    def __init__(self) -> None:
        self._steps = 0

    def first(self, facts: Facts, number: str) -> Simulated:
        trace = Trace()
        decision = first_step(replace(facts, trace=trace), number)
        return self._show(facts, decision, trace, frozenset())

    def _show(
        self, facts: Facts, decision: Decision, trace: Trace, rung: frozenset[str]
    ) -> Simulated:
        self._steps += 1
        notes = tuple(trace.notes)
        if self._steps > MOST_STEPS:
            return Simulated(*_plain(decision), (*notes, _FURTHER))
        match decision:
            case Ring():
                return self._ring(facts, decision, notes, rung)
            case RingGroup():
                return self._ring_group(facts, decision, notes, rung)
            case Queue():
                return self._queue(facts, decision.queue, notes, rung)
            case DepartmentMenu():
                return self._department(facts, decision, notes, rung)
            case DialOut():
                ways = tuple(
                    f"{each.number} by {each.trunk.name} as {each.caller_id or facts.caller}"
                    for each in decision.attempts
                )
                kind = "emergency" if decision.emergency else "dial_out"
                return Simulated(kind, decision.number, notes, decision.seconds, ways=ways)
            case Forward():
                person = decision.person
                after = {"afterwards": self._show(facts, decision.then, Trace(), rung)}
                target = f"{person.number} {person.name}"
                return Simulated("forward", target, notes, reason=decision.reason, then=after)
            case Announce():
                spoken = " ".join(decision.prompts)
                after = {"afterwards": self._show(facts, decision.then, Trace(), rung)}
                return Simulated("announce", spoken, notes, then=after)
            case Menu():
                return self._menu(facts, decision.ivr, notes, rung)
            case End():
                return _end(decision, notes)
            case _:
                return Simulated(*_plain(decision), notes)

    def _ring(
        self, facts: Facts, ring: Ring, notes: tuple[Note, ...], rung: frozenset[str]
    ) -> Simulated:
        person = ring.person
        target = f"{person.number} {person.name}"
        seconds = ring.seconds or person.ring_seconds
        if person.id in rung or self._steps > MOST_STEPS:
            return Simulated("ring", target, (*notes, _AGAIN), seconds)
        follows: dict[str, Simulated] = {}
        for verdict in _IN_VAIN:
            trace = Trace()
            tried = rung | {person.id}
            decision = unreached(replace(facts, trace=trace, tried=tried), person, verdict)
            follows[verdict.reason.value] = self._show(facts, decision, trace, tried)
        return Simulated("ring", target, notes, seconds, then=follows)

    def _ring_group(
        self, facts: Facts, data: RingGroup, notes: tuple[Note, ...], rung: frozenset[str]
    ) -> Simulated:
        """Who rings is in the notes; then what follows when none of them takes the call."""
        group, trace = data.group, Trace()
        people = ready(replace(facts, trace=trace), group)
        verdict = no_answer() if people else why_nobody(facts, group)
        then = Trace()
        tried = replace(facts, trace=then, tried=facts.tried | rung)
        decision = unanswered(tried, group, verdict)
        return Simulated(
            f"ring_group_{group.strategy.value}",
            f"{group.number} {group.name}",
            (*notes, *trace.notes),
            group.ring_seconds,
            ways=tuple(f"{person.number} {person.name}" for person in people),
            then={verdict.reason.value: self._show(facts, decision, then, rung | {group.id})},
        )

    def _queue(
        self, facts: Facts, queue: QueueLine, notes: tuple[Note, ...], rung: frozenset[str]
    ) -> Simulated:
        """Who may ring first is in the ways. What follows is the same for callers who wait too
        long, find the queue full, or leave it; it is all there is when nobody is logged in."""
        kind, target = f"queue_{queue.strategy.value}", f"{queue.number} {queue.name}"
        if queue.id in rung or self._steps > MOST_STEPS:
            return Simulated(kind, target, (*notes, _AGAIN), queue.ring_seconds)
        trace, then = Trace(), Trace()
        agents = queues.ready(replace(facts, trace=trace), queue)
        staffed = queues.staffed(facts.tenant, queue, facts.now)
        trace.note("queue", queue.name, _LEAVES if staffed else "nobody is logged in")
        verdict = no_answer() if staffed else NOBODY
        tried = replace(facts, trace=then, tried=facts.tried | rung)
        decision = unanswered(tried, queue, verdict)
        return Simulated(
            kind,
            target,
            (*notes, *trace.notes),
            queue.ring_seconds if staffed else 0,
            ways=tuple(_agent_line(queue, each, person) for each, person in agents),
            then={verdict.reason.value: self._show(facts, decision, then, rung | {queue.id})},
        )

    def _department(
        self, facts: Facts, data: DepartmentMenu, notes: tuple[Note, ...], rung: frozenset[str]
    ) -> Simulated:
        line, trace = data.department, Trace()
        decision = by_menu(replace(facts, trace=trace), line)
        after = {"afterwards": self._show(facts, decision, trace, rung)}
        return Simulated(
            "department", f"{line.number} {line.name}".strip(), notes, line.answer_after, then=after
        )

    def _menu(
        self, facts: Facts, ivr: IvrLine, notes: tuple[Note, ...], rung: frozenset[str]
    ) -> Simulated:
        """The keys as ways; what is behind them is followed once for each IVR."""
        target, ways = f"{ivr.number} {ivr.name}", tuple(_key_line(k) for k in ivr.keys.values())
        if ivr.id in rung:
            return Simulated("ivr", target, (*notes, _HEARD), ivr.wait_seconds, ways=ways)
        leads = {f"key {line.keys}": line.destination for line in ivr.keys.values()}
        leads |= {"no_input": ivr.no_input, "invalid_input": ivr.invalid_input}
        follows: dict[str, Simulated] = {}
        for what, destination in leads.items():
            if destination is not None and self._steps <= MOST_STEPS:
                trace = Trace()
                decision = onward(replace(facts, trace=trace), destination, ivr.department)
                follows[what] = self._show(facts, decision, trace, rung | {ivr.id})
        return Simulated("ivr", target, notes, ivr.wait_seconds, ways=ways, then=follows)


def _end(end: End, notes: tuple[Note, ...]) -> Simulated:
    verdict, spoken = end.verdict, " ".join(end.prompts)
    return Simulated("end", spoken, notes, verdict=verdict.outcome, reason=verdict.reason)


def _agent_line(queue: QueueLine, agent: AgentLine, person: Person) -> str:
    """`102 User 102`, with the group where it counts."""
    skill = f", skill {agent.skill}" if queue.strategy in BY_SKILLS else ""
    return f"{person.number} {person.name}{skill}"


def _key_line(line: IvrKeyLine) -> str:
    """`1: go to user`, `9: repeat`."""
    leads = f"go to {line.destination.kind}" if line.destination else line.action.value
    return f"{line.keys}: {leads}"


_IN_VAIN: tuple[Verdict, ...] = (no_answer(), busy(), not_registered())
_FURTHER = Note("steps", "", f"goes on; {MOST_STEPS} steps are shown")
_LEAVES = "a full queue, a wait that is too long and the key * lead to the same destination"
_AGAIN = Note("loop", "", "was rung before: what follows is the same again")
_HEARD = Note("loop", "", "was heard before: what follows is the same again")


def _plain(decision: Decision) -> tuple[str, str]:
    """Kind and target of the steps that lead nowhere else."""
    match decision:
        case Park():
            return "park", decision.parking.name if decision.parking else decision.place
        case Unpark():
            return "unpark", decision.place
        case PickUp():
            return "pick_up", decision.number
        case LeaveMessage():
            return "voicemail", f"{decision.number} {decision.name}"
        case CheckMailbox():
            return "voicemail_menu", decision.number
        case RingGroup():
            return "ring_group", f"{decision.group.number} {decision.group.name}"
        case Queue():
            return "queue", f"{decision.queue.number} {decision.queue.name}"
        case DepartmentMenu():
            return "department", decision.department.name
        case Join():
            return "conference", f"{decision.room.number} {decision.room.name}"
        case ByName():
            return "dial_by_name", ""
        case Monitor():
            return decision.mode.value, f"{decision.person.number} {decision.person.name}"
        case RecordPrompt():
            return "record_prompt", decision.name
        case Intercom():
            return "intercom", f"{decision.person.number} {decision.person.name}"
        case Page():
            return "page", f"{decision.group.number} {decision.group.name}"
        case Feature():
            return "dial_code", f"{decision.code} {decision.argument}".strip()
        case _:
            return type(decision).__name__.lower(), ""
