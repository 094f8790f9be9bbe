"""Commands: what somebody asks of a call from outside, by message to the call's own task.

Nobody else commands its channels, so an order is put into the mailbox and waits for its answer.
In a conversation the verb carries it out (`verbs/commands.py`). Everywhere else the call is still
on its way, and all that can be done is to end it or to send it elsewhere: `Call.next` then raises
`Steered` wherever the verb waits, as `CallerGone` does, and the executor takes the new step.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.calls.schemas import RecordAction
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.routing.decision import (
    Decision,
    End,
    Feature,
    Intercom,
    Monitor,
    Page,
    Park,
    PickUp,
    Unpark,
)
from orchestrator.routing.dialled import dialled

if TYPE_CHECKING:
    from orchestrator.calls.call import Call


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class SendTo:
    """The others of the call go to `number`, as if the party had transferred or diverted them."""

    number: str


@dataclass(frozen=True, slots=True)
class JoinWith:
    """Connect the other of this call with the one behind the channel `leg`, of another call."""

    leg: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Let the other wait with music, or take it back."""

    on: bool


@dataclass(frozen=True, slots=True)
class Mute:
    """Let nobody hear the party, or let it be heard again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Record:
    action: RecordAction


Order = HangUp | SendTo | JoinWith | Hold | Mute | Record


class Command:
    """One order on behalf of the party `person` (a user's id). Answered exactly once.

    The answer is None when it was carried out, else why it was not.
    """

    __slots__ = ("order", "person", "reply")

    def __init__(self, order: Order, person: str) -> None:
        self.order = order
        self.person = person
        self.reply: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    @property
    def open(self) -> bool:
        """Somebody still waits for the answer; an order that nobody waits for is not begun."""
        return not self.reply.done()

    def done(self) -> None:
        self.refuse(None)

    def refuse(self, why: str | None) -> None:
        if self.open:
            self.reply.set_result(why)


# What is for whoever dials it, and places where only a conversation is parked.
_NO_PLACE_TO_GO = (End, Feature, Intercom, Monitor, Page, Park, PickUp, Unpark)

_GIVEN_UP = Verdict(Outcome.ABANDONED, Reason.CALLER_HUNG_UP)
_DECLINED = Verdict(Outcome.REFUSED, Reason.DECLINED, Cause.BUSY)

ENDED = "The call has ended."
NOT_TALKING = "This is possible in a conversation only."
LEADS_NOWHERE = "The number leads nowhere."


class Steered(Exception):
    """A command ended the present step: the call goes on with `step`, or ends with a verdict."""

    def __init__(self, step: Decision | Verdict) -> None:
        super().__init__()
        self.step = step


def steer(call: Call, command: Command) -> None:
    """Carry out a command while the call is on its way: end it, or send it elsewhere."""
    if not command.open:
        return
    if isinstance(command.order, HangUp):
        command.done()
        raise Steered(_GIVEN_UP if command.person == call.caller.person else _DECLINED)
    if not isinstance(command.order, SendTo):
        command.refuse(NOT_TALKING)
        return
    person = call.tenant.people.get(command.person)
    decision = dialled(call.facts, person, command.order.number) if person else None
    if decision is None or isinstance(decision, _NO_PLACE_TO_GO):
        command.refuse(LEADS_NOWHERE)
        return
    command.done()
    raise Steered(decision)
