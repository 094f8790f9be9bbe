"""Cursor pages over a SELECT, by keyset: stable while rows come and go, no OFFSET to count."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from orchestrator.db.base import UtcDateTime
from orchestrator.errors import Invalid
from orchestrator.schemas import ListQuery


async def fetch_page(
    session: AsyncSession,
    statement: Select[Any],
    query: ListQuery,
    *,
    keys: Mapping[str, InstrumentedAttribute[Any]],
    id_column: InstrumentedAttribute[str],
) -> tuple[list[Any], str | None]:
    """Rows of `statement` (a select of one entity) for `query`, and the cursor of the next page.

    `keys` maps what `sort` may say to NOT NULL columns of the statement; the first is the default.
    Raises `Invalid` for an unknown sort or a cursor we did not make for it.
    """
    sort = query.sort or next(iter(keys))
    down, name = sort.startswith("-"), sort.removeprefix("-")
    if name not in keys:
        raise Invalid.field("sort", f"use one of {', '.join(keys)}")
    key = keys[name]
    if query.cursor is not None:
        value, last_id = _decode(query.cursor, sort, key)
        past = key < value if down else key > value
        past_id = id_column < last_id if down else id_column > last_id
        statement = statement.where(or_(past, and_(key == value, past_id)))
    order = (key.desc(), id_column.desc()) if down else (key.asc(), id_column.asc())
    wanted = statement.add_columns(key, id_column).order_by(*order).limit(query.limit + 1)
    found = (await session.execute(wanted)).all()
    rows = [row[0] for row in found[: query.limit]]
    if len(found) <= query.limit:
        return rows, None
    _, value, last_id = found[query.limit - 1]
    return rows, _encode(sort, value, last_id)


def _encode(sort: str, value: object, row_id: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort, value, row_id])).decode().rstrip("=")


def _decode(cursor: str, sort: str, key: InstrumentedAttribute[Any]) -> tuple[Any, str]:
    """The sort value and id behind which to go on; `Invalid` unless made for this `sort`."""
    wrong = Invalid.field("cursor", "does not belong to this list and sort")
    try:
        decoded = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise wrong from error
    if not isinstance(decoded, list) or len(decoded) != 3 or decoded[0] != sort:
        raise wrong
    value, row_id = decoded[1], decoded[2]
    is_time = isinstance(key.type, UtcDateTime)
    if is_time and isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise wrong from error
    fits = isinstance(value, datetime if is_time else key.type.python_type)
    if not fits or (is_time and value.tzinfo is None) or not isinstance(row_id, str):
        raise wrong
    return value, row_id
