"""Dial codes of a tenant: which keys do what, so that no number means two things."""

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.session import Database
from orchestrator.errors import FieldError, Invalid
from orchestrator.options.lookup import documents_of, row_of
from orchestrator.options.model import TenantOptions
from orchestrator.options.rules import DEFAULT_CODES, Code
from orchestrator.options.schemas import (
    DialCodeOut,
    DialCodesOut,
    DialCodesPatch,
    options_of,
    sound,
)
from orchestrator.options.service import writable
from orchestrator.people.numbering import all_numbers
from orchestrator.rights.rules import Right, require
from orchestrator.routing.dial_codes import clashes, misshapen, taking
from orchestrator.routing.lookup import emergency_numbers
from orchestrator.types import Scope


class DialCodeService:
    """Use cases of dial codes. Everybody sees them: they are for everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, scope: Scope) -> DialCodesOut:
        async with self._database.reading() as session:
            row = await row_of(session, scope)
            return _show(row, await _numbers(session, scope))

    async def update(
        self, scope: Scope, patch: DialCodesPatch, version: int | None = None
    ) -> DialCodesOut:
        """Change the named codes; raises Invalid, naming each that cannot be told apart."""
        require(scope.actor, Right.CALL_HANDLING)
        async with self._database.transaction(scope) as session:
            row = await writable(session, scope, version)
            with session.no_autoflush:
                numbers = await _numbers(session, scope)
            stored = sound("dial_codes", row.dial_codes)
            for code, text in patch.codes.items():
                stored.pop(code.value, None)
                if text is not None:
                    stored[code.value] = text
            codes = options_of({"dial_codes": stored}).codes
            _check(codes, patch.codes.keys(), numbers)
            row.dial_codes = stored
            await session.flush()
            return _show(row, numbers)


async def _numbers(session: AsyncSession, scope: Scope) -> dict[str, str]:
    """Everything else that a dialled number can be -> how people call it."""
    own = {number: f"extension {number}" for number in await all_numbers(session, scope)}
    emergency = await emergency_numbers(session, scope)
    return own | {number: f"emergency number {number}" for number in emergency}


def _check(
    codes: Mapping[Code, str], changed: Collection[Code], numbers: Mapping[str, str]
) -> None:
    """What was so before is left alone; what changed must be right and unlike all others."""
    wrong = [(code, why) for code in changed if (why := misshapen(code, codes[code]))]
    for pair in clashes(codes):
        one, other = pair if pair[0] in changed else pair[::-1]
        if one in changed:
            wrong.append((one, f"cannot be told apart from {codes[other]} ({other})"))
    for number, name in numbers.items():
        if (code := taking(codes, number)) in changed and code is not None:
            wrong.append((code, f"takes the {name}"))
    if wrong:
        errors = [FieldError(f"body.codes.{code}", why) for code, why in wrong]
        raise Invalid("; ".join(f"{each.field} {each.message}" for each in errors), errors)


def _show(row: TenantOptions | None, numbers: Mapping[str, str]) -> DialCodesOut:
    codes = options_of(documents_of(row)).codes
    hidden = {taking(codes, number): name for number, name in numbers.items()}
    return DialCodesOut(
        version=row.version if row else 0,
        codes={
            code: DialCodeOut(
                code=codes[code], default=DEFAULT_CODES[code], hidden_by=hidden.get(code)
            )
            for code in Code
        },
    )
