"""Add hours, statuses, forwarding, options, parking, conferences; give outbound rules routes."""

import sqlalchemy as sa
from alembic import op

from orchestrator.types import new_id

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "outbound_routes",
    "user_statuses",
    "status_profiles",
    "parking_places",
    "hours_schedules",
    "hours_routes",
    "hours_overrides",
    "holidays",
    "forwarding_exceptions",
    "tenant_options",
    "conferences",
    "caller_rules",
)
LONGEST = 30  # Digits of the longest number that the API has ever taken.


def upgrade() -> None:
    _change_outbound_rules()
    op.create_table(
        "caller_rules",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("trunks", sa.JSON(), nullable=False),
        sa.Column("destination_kind", sa.String(32), nullable=False),
        sa.Column("destination_ref", sa.String(length=64), nullable=False),
        sa.Column("closed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("on_break", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("holiday", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_caller_rules_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_rules")),
    )
    op.create_index(op.f("ix_caller_rules_tenant_id"), "caller_rules", ["tenant_id"], unique=False)
    op.create_table(
        "conferences",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("pin", sa.String(length=10), nullable=True),
        sa.Column("max_members", sa.Integer(), nullable=False),
        sa.Column("announce", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_conferences_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conferences")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_conferences_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_conferences_tenant_id_name")),
    )
    op.create_index(op.f("ix_conferences_tenant_id"), "conferences", ["tenant_id"], unique=False)
    op.create_table(
        "tenant_options",
        sa.Column("dial_codes", sa.JSON(), nullable=False),
        sa.Column("outbound", sa.JSON(), nullable=False),
        sa.Column("emergency", sa.JSON(), nullable=False),
        sa.Column("statuses", sa.JSON(), nullable=False),
        sa.Column("parking", sa.JSON(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_tenant_options_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_options")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_tenant_options_tenant_id")),
    )
    op.create_index(
        op.f("ix_tenant_options_tenant_id"), "tenant_options", ["tenant_id"], unique=False
    )
    op.create_table(
        "forwarding_exceptions",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("hours", sa.String(32), nullable=False),
        sa.Column("periods", sa.JSON(), nullable=False),
        sa.Column("when", sa.String(32), nullable=False),
        sa.Column("destination_kind", sa.String(32), nullable=False),
        sa.Column("destination_ref", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_forwarding_exceptions_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_forwarding_exceptions_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forwarding_exceptions")),
    )
    op.create_index(
        op.f("ix_forwarding_exceptions_tenant_id"),
        "forwarding_exceptions",
        ["tenant_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_forwarding_exceptions_user_id"), "forwarding_exceptions", ["user_id"], unique=False
    )
    op.create_table(
        "holidays",
        sa.Column("department_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=True),
        sa.Column("ends", sa.Integer(), nullable=True),
        sa.Column("yearly", sa.Boolean(), nullable=False),
        sa.Column("prompt", sa.String(length=120), nullable=True),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_holidays_tenant_id_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_holidays_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holidays")),
        sa.UniqueConstraint(
            "tenant_id",
            "department_id",
            "first_day",
            "name",
            name=op.f("uq_holidays_tenant_id_department_id_first_day_name"),
        ),
    )
    op.create_index("ix_holidays_department_id", "holidays", ["department_id"], unique=False)
    op.create_index(op.f("ix_holidays_tenant_id"), "holidays", ["tenant_id"], unique=False)
    op.create_index(
        "uq_holidays_all_departments",
        "holidays",
        ["tenant_id", "first_day", "name"],
        unique=True,
        sqlite_where=sa.text("department_id IS NULL"),
        postgresql_where=sa.text("department_id IS NULL"),
    )
    op.create_table(
        "hours_overrides",
        sa.Column("department_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("destination", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("prompt", sa.String(length=120), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_holidays", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_hours_overrides_tenant_id_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_hours_overrides_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_overrides")),
        sa.UniqueConstraint(
            "tenant_id", "department_id", name=op.f("uq_hours_overrides_tenant_id_department_id")
        ),
    )
    op.create_index(
        op.f("ix_hours_overrides_tenant_id"), "hours_overrides", ["tenant_id"], unique=False
    )
    op.create_index(
        "uq_hours_overrides_all",
        "hours_overrides",
        ["tenant_id"],
        unique=True,
        sqlite_where=sa.text("department_id IS NULL"),
        postgresql_where=sa.text("department_id IS NULL"),
    )
    op.create_table(
        "hours_routes",
        sa.Column("department_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("destination_kind", sa.String(32), nullable=False),
        sa.Column("destination_ref", sa.String(length=64), nullable=False),
        sa.Column("prompt", sa.String(length=120), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_hours_routes_tenant_id_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_hours_routes_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_routes")),
        sa.UniqueConstraint(
            "department_id", "state", name=op.f("uq_hours_routes_department_id_state")
        ),
    )
    op.create_index(op.f("ix_hours_routes_tenant_id"), "hours_routes", ["tenant_id"], unique=False)
    op.create_table(
        "hours_schedules",
        sa.Column("department_id", sa.String(length=36), nullable=True),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("periods", sa.JSON(), nullable=False),
        sa.Column("breaks", sa.JSON(), nullable=False),
        sa.Column("ignore_holidays", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(department_id IS NULL) <> (user_id IS NULL)",
            name=op.f("ck_hours_schedules_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_hours_schedules_tenant_id_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_hours_schedules_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_hours_schedules_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_schedules")),
        sa.UniqueConstraint("department_id", name=op.f("uq_hours_schedules_department_id")),
        sa.UniqueConstraint("user_id", name=op.f("uq_hours_schedules_user_id")),
    )
    op.create_index(
        op.f("ix_hours_schedules_tenant_id"), "hours_schedules", ["tenant_id"], unique=False
    )
    op.create_table(
        "parking_places",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("department_id", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_parking_places_tenant_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_parking_places_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parking_places")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_parking_places_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_parking_places_tenant_id_name")),
    )
    op.create_index(
        op.f("ix_parking_places_department_id"), "parking_places", ["department_id"], unique=False
    )
    op.create_index(
        op.f("ix_parking_places_tenant_id"), "parking_places", ["tenant_id"], unique=False
    )
    op.create_table(
        "status_profiles",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("destinations", sa.JSON(), nullable=False),
        sa.Column("no_answer_seconds", sa.Integer(), nullable=True),
        sa.Column("ring_mobile", sa.Boolean(), nullable=False),
        sa.Column("several_calls", sa.Boolean(), nullable=False),
        sa.Column("ring_group_calls", sa.Boolean(), nullable=False),
        sa.Column("leave_queues", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_status_profiles_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_status_profiles_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_profiles")),
        sa.UniqueConstraint("user_id", "status", name=op.f("uq_status_profiles_user_id_status")),
    )
    op.create_index(
        op.f("ix_status_profiles_tenant_id"), "status_profiles", ["tenant_id"], unique=False
    )
    op.create_table(
        "user_statuses",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("temporary", sa.String(32), nullable=True),
        sa.Column("temporary_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("auto_switch", sa.Boolean(), nullable=False),
        sa.Column("screening", sa.Boolean(), nullable=False),
        sa.Column("queues", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_user_statuses_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_user_statuses_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_statuses")),
        sa.UniqueConstraint("user_id", name=op.f("uq_user_statuses_user_id")),
    )
    op.create_index(
        op.f("ix_user_statuses_tenant_id"), "user_statuses", ["tenant_id"], unique=False
    )
    op.create_table(
        "outbound_routes",
        sa.Column("rule_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("trunk_id", sa.String(length=36), nullable=False),
        sa.Column("strip", sa.Integer(), nullable=False),
        sa.Column("prepend", sa.String(length=20), nullable=False),
        sa.Column("append", sa.String(length=20), nullable=False),
        sa.Column("caller_id", sa.String(length=32), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rule_id"],
            ["outbound_rules.tenant_id", "outbound_rules.id"],
            name=op.f("fk_outbound_routes_tenant_id_rule_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "trunk_id"],
            ["trunks.tenant_id", "trunks.id"],
            name=op.f("fk_outbound_routes_tenant_id_trunk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_outbound_routes_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_routes")),
    )
    op.create_index(
        op.f("ix_outbound_routes_rule_id"), "outbound_routes", ["rule_id"], unique=False
    )
    op.create_index(
        op.f("ix_outbound_routes_tenant_id"), "outbound_routes", ["tenant_id"], unique=False
    )
    op.create_index(
        op.f("ix_outbound_routes_trunk_id"), "outbound_routes", ["trunk_id"], unique=False
    )
    _move_routes()
    _drop_old_columns()
    _extend_tables()
    _drop_defaults()


def _change_outbound_rules() -> None:
    """Add what the new conditions need; routes refer to the rule within its tenant."""
    with op.batch_alter_table("outbound_rules") as batch:
        batch.add_column(sa.Column("prefixes", sa.JSON(), server_default="[]", nullable=False))
        batch.add_column(sa.Column("lengths", sa.String(80), server_default="", nullable=False))
        batch.add_column(sa.Column("extensions", sa.String(500), server_default="", nullable=False))
        batch.add_column(sa.Column("departments", sa.JSON(), server_default="[]", nullable=False))
        batch.add_column(
            sa.Column("blocked", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch.create_unique_constraint(op.f("uq_outbound_rules_tenant_id_id"), ["tenant_id", "id"])


# Needed while old rows get the new columns; the models give every new row its value.
TEMPORARY_DEFAULTS = {
    "outbound_rules": ("prefixes", "lengths", "extensions", "departments"),
    "trunks": ("caller_id_in", "caller_id_out"),
    "calls": ("billing_code", "recordings"),
}


def _drop_defaults() -> None:
    for table, names in TEMPORARY_DEFAULTS.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, server_default=None)


def _move_routes() -> None:
    """What a rule said of its one trunk becomes its first route."""
    connection = op.get_bind()
    rules = sa.table(
        "outbound_rules",
        *(sa.column(name) for name in ("id", "tenant_id", "prefix", "trunk_id", "prepend")),
        *(sa.column(name) for name in ("min_length", "max_length", "strip", "caller_id")),
        sa.column("prefixes", sa.JSON()),
        sa.column("lengths"),
    )
    routes = sa.table(
        "outbound_routes",
        *(sa.column(name) for name in ("id", "tenant_id", "rule_id", "position", "trunk_id")),
        *(sa.column(name) for name in ("strip", "prepend", "append", "caller_id")),
    )
    for row in connection.execute(sa.select(rules)).all():
        connection.execute(
            rules.update()
            .where(rules.c.id == row.id)
            .values(
                prefixes=[row.prefix] if row.prefix else [],
                lengths=_lengths(row.min_length, row.max_length),
            )
        )
        connection.execute(
            routes.insert().values(
                id=new_id(),
                tenant_id=row.tenant_id,
                rule_id=row.id,
                position=0,
                trunk_id=row.trunk_id,
                strip=row.strip,
                prepend=row.prepend,
                append="",
                caller_id=row.caller_id,
            )
        )


def _lengths(least: int, most: int) -> str:
    if not least and not most:
        return ""
    most = most or LONGEST
    return f"{least}" if least == most else f"{least}-{most}"


def _drop_old_columns() -> None:
    with op.batch_alter_table("outbound_rules") as batch:
        batch.drop_index(op.f("ix_outbound_rules_trunk_id"))
        batch.drop_constraint(op.f("fk_outbound_rules_tenant_id_trunk_id"), type_="foreignkey")
        for name in ("prefix", "min_length", "max_length", "trunk_id", "strip"):
            batch.drop_column(name)
        batch.drop_column("prepend")
        batch.drop_column("caller_id")


def _extend_tables() -> None:
    code = sa.Column("billing_code", sa.String(32), server_default="", nullable=False)
    op.add_column("calls", code)
    parts = sa.Column("recordings", sa.JSON(), server_default="[]", nullable=False)
    op.add_column("calls", parts)
    op.add_column("departments", sa.Column("outbound_caller_id", sa.String(32), nullable=True))
    for name in ("closed", "on_break", "holiday"):
        op.add_column("dids", sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("emergency_numbers") as batch:
        batch.add_column(sa.Column("trunk_id", sa.String(36), nullable=True))
        batch.create_index(op.f("ix_emergency_numbers_trunk_id"), ["trunk_id"])
        batch.create_foreign_key(
            op.f("fk_emergency_numbers_tenant_id_trunk_id"),
            "trunks",
            ["tenant_id", "trunk_id"],
            ["tenant_id", "id"],
        )
    _extend_trunks()
    with op.batch_alter_table("users") as batch:
        batch.add_column(
            sa.Column(
                "calls_out_in_hours_only", sa.Boolean(), server_default=sa.false(), nullable=False
            )
        )
        batch.add_column(
            sa.Column("record_calls", sa.String(32), server_default="off", nullable=False)
        )


def _extend_trunks() -> None:
    words = {
        "called_from": "request",
        "caller_from": "first_known",
        "identity": "pai",
        "number_format": "as_dialled",
    }
    with op.batch_alter_table("trunks") as batch:
        batch.add_column(sa.Column("department_id", sa.String(36), nullable=True))
        for name, default in words.items():
            batch.add_column(sa.Column(name, sa.String(32), server_default=default, nullable=False))
        batch.add_column(
            sa.Column("normalise_caller", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch.add_column(
            sa.Column("default_destination", sa.JSON(none_as_null=True), nullable=True)
        )
        for name in ("caller_id_in", "caller_id_out"):
            batch.add_column(sa.Column(name, sa.JSON(), server_default="[]", nullable=False))
        batch.add_column(
            sa.Column("qualify_seconds", sa.Integer(), server_default="60", nullable=False)
        )
        batch.create_index(op.f("ix_trunks_department_id"), ["department_id"])
        batch.create_foreign_key(
            op.f("fk_trunks_tenant_id_department_id"),
            "departments",
            ["tenant_id", "department_id"],
            ["tenant_id", "id"],
        )


def downgrade() -> None:
    """Back to one trunk per rule: its first route stays, rules without one are lost."""
    _shorten_tables()
    with op.batch_alter_table("outbound_rules") as batch:
        batch.add_column(sa.Column("prefix", sa.String(20), server_default="", nullable=False))
        batch.add_column(sa.Column("min_length", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("max_length", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("trunk_id", sa.String(36), server_default="", nullable=False))
        batch.add_column(sa.Column("strip", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("prepend", sa.String(20), server_default="", nullable=False))
        batch.add_column(sa.Column("caller_id", sa.String(32), nullable=True))
    first = "SELECT {} FROM outbound_routes r WHERE r.rule_id = outbound_rules.id AND position = 0"
    for name in ("trunk_id", "strip", "prepend", "caller_id"):
        op.execute(
            f"UPDATE outbound_rules SET {name} = ({first.format(name)}) WHERE id IN"
            " (SELECT rule_id FROM outbound_routes)"
        )
    op.execute("DELETE FROM outbound_rules WHERE trunk_id = ''")
    for table in NEW_TABLES:
        op.drop_table(table)
    with op.batch_alter_table("outbound_rules") as batch:
        batch.drop_constraint(op.f("uq_outbound_rules_tenant_id_id"), type_="unique")
        for name in ("prefixes", "lengths", "extensions", "departments", "blocked"):
            batch.drop_column(name)
        for name in ("prefix", "min_length", "max_length", "trunk_id", "strip", "prepend"):
            batch.alter_column(name, server_default=None)
        batch.create_index(op.f("ix_outbound_rules_trunk_id"), ["trunk_id"])
        batch.create_foreign_key(
            op.f("fk_outbound_rules_tenant_id_trunk_id"),
            "trunks",
            ["tenant_id", "trunk_id"],
            ["tenant_id", "id"],
        )


def _shorten_tables() -> None:
    op.drop_column("calls", "billing_code")
    op.drop_column("calls", "recordings")
    op.drop_column("departments", "outbound_caller_id")
    for name in ("closed", "on_break", "holiday"):
        op.drop_column("dids", name)
    with op.batch_alter_table("emergency_numbers") as batch:
        batch.drop_constraint(op.f("fk_emergency_numbers_tenant_id_trunk_id"), type_="foreignkey")
        batch.drop_index(op.f("ix_emergency_numbers_trunk_id"))
        batch.drop_column("trunk_id")
    with op.batch_alter_table("trunks") as batch:
        batch.drop_constraint(op.f("fk_trunks_tenant_id_department_id"), type_="foreignkey")
        batch.drop_index(op.f("ix_trunks_department_id"))
        for name in (
            "department_id",
            "called_from",
            "caller_from",
            "identity",
            "number_format",
            "normalise_caller",
            "default_destination",
            "caller_id_in",
            "caller_id_out",
            "qualify_seconds",
        ):
            batch.drop_column(name)
    with op.batch_alter_table("users") as batch:
        batch.drop_column("calls_out_in_hours_only")
        batch.drop_column("record_calls")
