"""Alembic's environment: runs on the connection that `orchestrator/db/schema.py` hands over."""

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum

from orchestrator.db.base import UtcDateTime
from orchestrator.db.tables import metadata


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | bool:
    """Write plain types into revisions, so that they stay valid when our code changes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String({item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_item,
    render_as_batch=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
