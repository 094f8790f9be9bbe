"""What is wrong with an IVR as somebody wants to save it, by the field that says so."""

from collections.abc import Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.errors import FieldError, Invalid
from orchestrator.hours.stored import COLUMNS, destination_in
from orchestrator.ivr.model import Ivr
from orchestrator.ivr.rules import KeyAction, circle, useless_inputs
from orchestrator.ivr.schemas import IvrKeyBody
from orchestrator.people.numbering import owners_of_kind
from orchestrator.people.rules import OwnerKind
from orchestrator.types import Destination, DestinationKind, Scope, StoredDestination


def refuse_wrong_keys(keys: Sequence[IvrKeyBody]) -> None:
    """Raise Invalid for keys that are there twice, or have too much or too little for what they
    do."""
    wrong: list[FieldError] = []
    seen: set[str] = set()
    for place, key in enumerate(keys):
        field = f"body.keys.{place}"
        if key.keys in seen:
            wrong.append(FieldError(f"{field}.keys", "is there twice"))
        seen.add(key.keys)
        goes, asks = key.action is KeyAction.GO, key.action is KeyAction.INPUT
        if goes and key.destination is None:
            wrong.append(FieldError(f"{field}.destination", "a key that goes needs one"))
        if not goes and key.destination is not None:
            wrong.append(FieldError(f"{field}.destination", "only a key that goes has one"))
        if asks and key.prompt is None:
            wrong.append(FieldError(f"{field}.prompt", "a key for more input needs one"))
        if not asks and key.prompt is not None:
            wrong.append(FieldError(f"{field}.prompt", "only a key for more input has one"))
    if wrong:
        raise Invalid("Keys of the IVR are wrong.", wrong)


def refuse_useless_keys(row: Ivr) -> None:
    """Raise Invalid for keys for more input when nothing could follow them."""
    keys = {key.keys: key.action for key in row.keys}
    useless = useless_inputs(keys, direct_dial=row.direct_dial)
    if useless:
        message = f"no input string begins with {', '.join(useless)}, and nothing can be dialled"
        raise Invalid.field("body.keys", message)


async def refuse_circles(session: AsyncSession, scope: Scope, row: Ivr) -> None:
    """Raise Invalid when callers who press nothing would come back to the IVR `row` for ever."""
    ivr_of = await owners_of_kind(session, scope, OwnerKind.IVR)
    ways = {
        each.id: [(name, _plain(to, ivr_of)) for name, to in _ways(each)]
        for each in await session.scalars(select_in(scope, Ivr))
    }
    if (name := circle(ways, row.id)) is not None:
        field = f"body.{name}" if name == _NO_INPUT else f"body.{name}.destination"
        raise Invalid.field(f"{field}.ref", "leads back to this IVR without any key")


_NO_INPUT = "no_input"


def _ways(row: Ivr) -> Iterator[tuple[str, StoredDestination | None]]:
    yield _NO_INPUT, row.no_input
    for column in COLUMNS.values():
        yield column, destination_in(getattr(row, column))


def _plain(stored: StoredDestination | None, ivr_of: dict[str, str]) -> Destination | None:
    """A destination; that of an IVR's number is the IVR."""
    if stored is None:
        return None
    kind, ref = DestinationKind(stored["kind"]), stored["ref"]
    if kind is DestinationKind.EXTENSION and ref in ivr_of:
        return Destination(DestinationKind.IVR, ivr_of[ref])
    return Destination(kind, ref)
