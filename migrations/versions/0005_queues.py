"""Add queues with their agents and managers; steps of calls know the queue that they came by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEW_TABLES = ("queue_managers", "queue_agents", "queues")

# Where older tables hold destinations: in two columns, and as a document.
KIND_TABLES = ("dids", "caller_rules", "hours_routes", "forwarding_exceptions")
DOCUMENTS = (
    ("dids", "closed", None),
    ("dids", "on_break", None),
    ("dids", "holiday", None),
    ("caller_rules", "closed", None),
    ("caller_rules", "on_break", None),
    ("caller_rules", "holiday", None),
    ("trunks", "default_destination", None),
    ("hours_overrides", "destination", None),
    ("status_profiles", "destinations", "{}"),
    ("tenant_options", "parking", "{}"),
    ("ivrs", "no_input", None),
    ("ivrs", "invalid_input", None),
    ("ivrs", "sms_to", None),
    ("ivrs", "closed", None),
    ("ivrs", "on_break", None),
    ("ivrs", "holiday", None),
    ("ring_groups", "no_answer", None),
    ("ring_groups", "closed", None),
    ("ring_groups", "on_break", None),
    ("ring_groups", "holiday", None),
)

Part = sa.Column[object] | sa.Constraint


def upgrade() -> None:
    op.add_column(
        "segments",
        sa.Column("queue_id", sa.String(length=36), server_default="", nullable=False),
    )
    op.add_column(
        "segments", sa.Column("polled", sa.Integer(), server_default="0", nullable=False)
    )
    with op.batch_alter_table("segments") as batch:
        batch.alter_column("queue_id", server_default=None)
    op.create_index("ix_segments_queue_id", "segments", ["queue_id"])
    leave = sa.Column(
        "leave_queues_when_closed", sa.Boolean(), server_default=sa.false(), nullable=False
    )
    op.add_column("user_statuses", leave)
    _queues()
    _agents()
    _managers()


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_index("ix_segments_queue_id", "segments")
    op.drop_column("segments", "polled")
    op.drop_column("segments", "queue_id")
    op.drop_column("user_statuses", "leave_queues_when_closed")
    _forget_queues()


def _forget_queues() -> None:
    """What led to a queue ends the call, or goes as if not set."""
    run = op.get_bind().execute
    run(sa.text("DELETE FROM extensions WHERE owner_kind = 'queue'"))
    for table in KIND_TABLES:
        change = f"UPDATE {table} SET destination_kind = 'end_call', destination_ref = '' "  # noqa: S608
        run(sa.text(change + "WHERE destination_kind = 'queue'"))
    run(sa.text("DELETE FROM ivr_keys WHERE CAST(destination AS TEXT) LIKE '%\"kind\": \"queue\"%'"))
    for table, column, empty in DOCUMENTS:
        change = f"UPDATE {table} SET {column} = :empty WHERE CAST({column} AS TEXT) LIKE :kind"  # noqa: S608
        run(sa.text(change), {"empty": empty, "kind": '%"kind": "queue"%'})


# -- tables ------------------------------------------------------------------------------------


def _table(table: str, *parts: Part) -> None:
    """A table of tenants: with id, stamps and version, and gone when its tenant is."""
    now = sa.text("(CURRENT_TIMESTAMP)")
    op.create_table(
        table,
        *parts,
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_tenant_id"), table, ["tenant_id"])


def _text(name: str, length: int, *, nullable: bool = False) -> Part:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _number(name: str) -> Part:
    return sa.Column(name, sa.Integer(), nullable=False)


def _switch(name: str) -> Part:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _document(name: str) -> Part:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=True)


def _unique(table: str, *columns: str) -> Part:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _within(table: str, column: str, other: str, *, goes: bool = True) -> Part:
    """A reference inside of one tenant; `goes`: the row goes with what it refers to."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
        ondelete="CASCADE" if goes else None,
    )


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _queues() -> None:
    limits = ("ring_seconds", "max_wait_seconds", "max_callers", "wrap_up_seconds", "sla_seconds")
    _table(
        "queues",
        _text("name", 80),
        _text("department_id", 36),
        _text("strategy", 32),
        *(_number(name) for name in limits),
        _switch("priority"),
        _switch("ring_busy"),
        _number("skill_wait_seconds"),
        _number("log_out_after_missed"),
        _text("greeting", 120, nullable=True),
        _switch("greeting_in_full"),
        _text("music_id", 36, nullable=True),
        _text("language", 12, nullable=True),
        _text("caller_name", 40),
        _switch("announce_position"),
        _switch("announce_wait"),
        _number("announce_seconds"),
        sa.Column("comfort_prompts", sa.JSON(), nullable=False),
        _number("comfort_seconds"),
        _document("no_answer"),
        sa.Column("statistics_since", sa.DateTime(timezone=True), nullable=False),
        *(_document(name) for name in ("closed", "on_break", "holiday")),
        _unique("queues", "tenant_id", "id"),
        _unique("queues", "tenant_id", "name"),
        _within("queues", "department_id", "departments", goes=False),
    )
    _index("queues", "department_id")


def _agents() -> None:
    _table(
        "queue_agents",
        _text("queue_id", 36),
        _text("user_id", 36),
        _number("position"),
        _number("skill"),
        _switch("logged_in"),
        _unique("queue_agents", "queue_id", "user_id"),
        _within("queue_agents", "queue_id", "queues"),
        _within("queue_agents", "user_id", "users"),
    )
    _index("queue_agents", "queue_id")
    _index("queue_agents", "user_id")


def _managers() -> None:
    _table(
        "queue_managers",
        _text("queue_id", 36),
        _text("user_id", 36),
        _unique("queue_managers", "queue_id", "user_id"),
        _within("queue_managers", "queue_id", "queues"),
        _within("queue_managers", "user_id", "users"),
    )
    _index("queue_managers", "queue_id")
    _index("queue_managers", "user_id")
