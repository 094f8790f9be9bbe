"""Ring groups, menus and the sounds they play, for scenarios."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestrator.bootstrap import Running
from orchestrator.departments.schemas import DepartmentMenuBody
from orchestrator.hours.schemas import DepartmentHoursBody
from orchestrator.numbers.schemas import DidCreate
from orchestrator.ring_groups.schemas import RingGroupCreate
from orchestrator.types import DestinationKind
from tests.asterisk.office import Colleague, Office, until
from tests.tones import sine, write_wav

DID = "+31201234567"


def sounds(centrale: Running) -> Path:
    """The folder of sounds of the Asterisk that runs."""
    assert centrale.node.embedded is not None
    return centrale.node.embedded.layout.data / "sounds"


def add_sound(
    centrale: Running, name: str, tone: float, *, language: str = "", seconds: float = 1.2
) -> None:
    """A sound that is told apart by its tone: of one language, or for those that lack it."""
    folder = sounds(centrale) / language
    assert not folder.is_symlink(), "packages are shared"
    file = folder / f"{name}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_wav(file, sine(tone, seconds))


async def open_group(
    office: Office, members: Sequence[Colleague], number: str = "800", **fields: Any
) -> str:
    """A ring group, once calls know of it; its id."""
    ids = [who.user_id for who in members]
    body = {"number": number, "name": f"Group {number}", "members": ids, **fields}
    service, scope = office.centrale.services.ring_groups, office.books.scope
    made = await service.create(scope, RingGroupCreate.model_validate(body))
    await until(lambda: made.id in office.plan.ring_groups)
    await until(lambda: len(office.plan.ring_groups[made.id].members) == len(ids))
    return made.id


async def open_menu(
    office: Office, department: str, number: str | None = "600", **hours: Any
) -> None:
    """Make a department's menu and hours those given; `answer_after` is of the menu."""
    services, scope = office.centrale.services, office.books.scope
    menu = {"number": number, "answer_after": hours.pop("answer_after", 0)}
    await services.department_menus.put(scope, department, DepartmentMenuBody.model_validate(menu))
    await services.hours.set_department(
        scope, department, DepartmentHoursBody.model_validate(hours)
    )
    wanted = len(hours.get("routes", {}))
    await until(lambda: len(office.plan.departments[department].routes) == wanted)
    await until(lambda: number is None or number in office.plan.extensions)


async def did_to(office: Office, kind: DestinationKind, ref: str) -> None:
    """A DID that leads to something else than a person."""
    body = {"number": DID, "destination": {"kind": kind.value, "ref": ref}, "name": "Hotline"}
    services, scope = office.centrale.services, office.books.scope
    await services.dids.create(scope, DidCreate.model_validate(body))
    await until(lambda: bool(office.plan.dids))
