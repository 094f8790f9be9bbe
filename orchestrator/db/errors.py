"""Translates what the database says into the errors of the product.

Asked once, where a transaction ends (`db/session.py`). A message names fields, never values.
"""

import re
from collections.abc import Iterable

from sqlalchemy import Index, Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from orchestrator.db.base import Base
from orchestrator.errors import CentraleError, Conflict, FieldError, Invalid, Stale, Unavailable

_SQLITE_COLUMNS = re.compile(r"(UNIQUE|NOT NULL) constraint failed: (\w+\.\w+(?:, \w+\.\w+)*)")
_POSTGRES_CONSTRAINT = re.compile(r'constraint "(\w+)"')
_POSTGRES_NOT_NULL = re.compile(r'null value in column "(\w+)"')

_REFERENCE = "It refers to something that does not exist, or something still refers to it."


def translate(error: Exception) -> CentraleError | None:
    """The product's error for a database error, or None when it is a fault of ours."""
    if isinstance(error, StaleDataError):
        return Stale("Somebody else changed this at the same time. Read it again.")
    if isinstance(error, IntegrityError):
        return _integrity(str(error.orig))
    if isinstance(error, DBAPIError) and _is_outage(error):
        return Unavailable("The database does not answer.")
    if isinstance(error, (ConnectionError, TimeoutError)):
        return Unavailable("The database does not answer.")
    return None


def _is_outage(error: DBAPIError) -> bool:
    """Whether the server or file is away or too busy, as opposed to a wrong statement."""
    text = str(error.orig).lower()
    signs = (
        "database is locked",
        "unable to open",
        "disk i/o error",
        "disk is full",
        "connection",
        "shutting down",
        "statement timeout",
        "lock timeout",
        "deadlock detected",
        "could not serialize",
        "too many clients",
    )
    return error.connection_invalidated or any(sign in text for sign in signs)


def _integrity(text: str) -> CentraleError:
    if match := _SQLITE_COLUMNS.search(text):
        columns = [name.split(".")[1] for name in match[2].split(", ")]
        return _taken(columns) if match[1] == "UNIQUE" else _missing(columns[-1])
    if match := _POSTGRES_NOT_NULL.search(text):
        return _missing(match[1])
    if (match := _POSTGRES_CONSTRAINT.search(text)) and (columns := _unique_columns(match[1])):
        return _taken(columns)
    return Conflict(_REFERENCE)


def _taken(columns: Iterable[str]) -> Conflict:
    """A collision: the tenant is not a field that anybody filled in, so it is not named."""
    fields = [name for name in columns if name != "tenant_id"] or ["tenant"]
    return Taken([FieldError(name, "is taken already") for name in fields])


def _missing(column: str) -> Invalid:
    return Invalid.field(column, "is required")


def _unique_columns(constraint: str) -> list[str]:
    """Columns of a unique constraint or unique index, by its name; empty when it is neither."""
    for table in Base.metadata.tables.values():
        for part in _unique_parts(table):
            if part.name == constraint:
                return [column.name for column in part.columns]
    return []


def _unique_parts(table: Table) -> Iterable[UniqueConstraint | Index]:
    yield from (part for part in table.constraints if isinstance(part, UniqueConstraint))
    yield from (part for part in table.indexes if part.unique)


class Taken(Conflict):
    """A unique value is used already; `fields` names the columns."""

    def __init__(self, fields: Iterable[FieldError]) -> None:
        self.fields = tuple(fields)
        super().__init__(" and ".join(f"{each.field} {each.message}" for each in self.fields))
