"""Give every user a PIN; add rooms of hotels and their minibars."""

import sqlalchemy as sa
from alembic import op

from orchestrator.people.pins import random_pin

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = (
        sa.Column("pin", sa.String(10), nullable=True),
        sa.Column("pin_protected", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("pin_seconds", sa.Integer(), server_default="300", nullable=False),
    )
    for column in columns:
        op.add_column("users", column)
    _draw_pins()
    op.create_table(
        "hotel_rooms",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=1), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        *_common("hotel_rooms"),
        sa.UniqueConstraint("user_id", name=op.f("uq_hotel_rooms_user_id")),
    )
    op.create_index(op.f("ix_hotel_rooms_tenant_id"), "hotel_rooms", ["tenant_id"])
    op.create_table(
        "minibar_entries",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("item", sa.String(length=8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        *_common("minibar_entries"),
    )
    op.create_index(op.f("ix_minibar_entries_tenant_id"), "minibar_entries", ["tenant_id"])
    op.create_index(op.f("ix_minibar_entries_user_id"), "minibar_entries", ["user_id"])


def _common(table: str) -> tuple[sa.Column[object] | sa.Constraint, ...]:
    """What both tables have: id, stamps, version, and the user of the same tenant."""
    now = sa.text("(CURRENT_TIMESTAMP)")
    return (
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f(f"fk_{table}_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _draw_pins() -> None:
    """A PIN for everybody who is there already, unlike their own number."""
    users = sa.table("users", sa.column("id", sa.String), sa.column("pin", sa.String))
    extensions = sa.table(
        "extensions",
        sa.column("owner_kind", sa.String),
        sa.column("owner_id", sa.String),
        sa.column("number", sa.String),
    )
    own = sa.and_(extensions.c.owner_kind == "user", extensions.c.owner_id == users.c.id)
    connection = op.get_bind()
    found = connection.execute(
        sa.select(users.c.id, extensions.c.number).select_from(
            users.outerjoin(extensions, own)
        )
    ).all()
    drawn = [{"user": row.id, "drawn": random_pin(row.number or "")} for row in found]
    if drawn:
        statement = users.update().where(users.c.id == sa.bindparam("user"))
        connection.execute(statement.values(pin=sa.bindparam("drawn")), drawn)


def downgrade() -> None:
    op.drop_table("minibar_entries")
    op.drop_table("hotel_rooms")
    for name in ("pin", "pin_protected", "pin_seconds"):
        op.drop_column("users", name)
