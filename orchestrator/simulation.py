"""The route simulator for the command line: a question in words, an answer in lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from orchestrator.errors import Invalid, NotFound
from orchestrator.routing.schemas import SimulatedOut, SimulationOut, SimulationQuery
from orchestrator.types import SYSTEM_ACTOR, Scope
from orchestrator.web.table import Services

_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Question:
    """Who calls whom, in which tenant (slug), when ("" now), by which trunk (id, "" any)."""

    tenant: str
    caller: str
    to: str
    at: str = ""
    trunk: str = ""


async def simulated(services: Services, question: Question) -> list[str]:
    """The answer, a line for each step. Raises NotFound, or Invalid with what is wrong."""
    place = await services.tenants.place_of(question.tenant)
    if place is None:
        raise NotFound(f"There is no tenant {question.tenant}.")
    try:
        query = SimulationQuery.model_validate(
            {
                "from": question.caller,
                "to": question.to,
                "at": question.at or None,
                "trunk": question.trunk or None,
            }
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        raise Invalid(f"{wrong['loc'][0]}: {wrong['msg']}") from error
    answer = await services.simulator.simulate(Scope(place.id, SYSTEM_ACTOR), query)
    return list(_lines(answer))


def _lines(answer: SimulationOut) -> Iterator[str]:
    by = f" by {answer.trunk}" if answer.trunk else ""
    yield f"{answer.caller} calls {answer.to}{by} at {answer.at.isoformat(timespec='minutes')}"
    yield from _step(answer.first, 0)


def _step(step: SimulatedOut, depth: int) -> Iterator[str]:
    indent = _INDENT * depth
    for note in step.notes:
        yield f"{indent}  {note.step} {note.rule}: {note.why}".replace(" :", ":")
    seconds = f" for {step.seconds} s" if step.seconds else ""
    ends = f": {step.verdict}, {step.reason}" if step.verdict else ""
    yield f"{indent}-> {step.kind} {step.target}".rstrip() + seconds + ends
    for way in step.ways:
        yield f"{indent}   {way}"
    for what, following in step.then.items():
        yield f"{indent}   {what}:"
        yield from _step(following, depth + 1)
