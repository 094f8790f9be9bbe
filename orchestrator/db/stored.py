"""Conditions on destinations that stand in JSON columns."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from orchestrator.types import Destination


def leads_to(destination: Destination, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether one of `columns` holds `destination`; an empty column holds none."""
    return or_(
        *(
            and_(
                column["kind"].as_string() == destination.kind.value,
                column["ref"].as_string() == destination.ref,
            )
            for column in columns
        )
    )
