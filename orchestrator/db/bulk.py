"""Bulk work in one transaction: every wrong row is named, and nothing is half done."""

from collections.abc import Awaitable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.errors import Taken, translate
from orchestrator.errors import CentraleError, FieldError, Invalid, LimitReached

T = TypeVar("T")


class RowErrors:
    """Runs rows one by one, each behind a savepoint, and gathers what is wrong with them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._found: list[FieldError] = []

    async def run(self, place: str, work: Awaitable[T]) -> T | None:
        """The result of `work`; None when it failed, and then its errors are kept.

        `place` names the row in the request: `create.3`.
        """
        try:
            async with self._session.begin_nested():
                return await work
        except LimitReached:
            raise
        except CentraleError as error:
            self._note(place, error)
        except SQLAlchemyError as error:
            ours = translate(error)
            if ours is None or ours.status >= 500:
                raise
            self._note(place, ours)
        return None

    def raise_found(self) -> None:
        """Raise `Invalid` with all errors, if there are any; this rolls everything back."""
        if self._found:
            raise Invalid(f"{len(self._found)} row(s) are wrong; nothing was done.", self._found)

    def _note(self, place: str, error: CentraleError) -> None:
        fields = error.fields if isinstance(error, (Invalid, Taken)) else ()
        for each in fields:
            inner = each.field.removeprefix("body.")
            self._found.append(FieldError(f"body.{place}.{inner}", each.message))
        if not fields:
            self._found.append(FieldError(f"body.{place}", error.message))
