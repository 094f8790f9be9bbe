"""Add IVRs, ring groups, prompts, music on hold and voicemail; departments become menus."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "voicemail_messages",
    "voicemail_greetings",
    "voicemail_boxes",
    "ring_group_members",
    "ring_groups",
    "ivr_keys",
    "ivrs",
    "music_tracks",
    "music_playlists",
    "prompts",
)
NEW_OWNERS = ("ring_group", "ivr", "department")
NEW_KINDS = (*NEW_OWNERS, "voicemail", "dial_by_name")

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
)

Part = sa.Column[object] | sa.Constraint


def upgrade() -> None:
    op.add_column(
        "departments", sa.Column("answer_after", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("departments", sa.Column("music_id", sa.String(length=36), nullable=True))
    op.add_column("tenant_options", sa.Column("voicemail", sa.JSON(), nullable=True))
    op.add_column(
        "segments", sa.Column("joined", sa.Integer(), server_default="0", nullable=False)
    )
    _prompts_and_music()
    _ivrs()
    _ring_groups()
    _voicemail()


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_column("segments", "joined")
    op.drop_column("tenant_options", "voicemail")
    op.drop_column("departments", "music_id")
    op.drop_column("departments", "answer_after")
    _forget_new_destinations()


def _forget_new_destinations() -> None:
    """What led to something that is not there any more ends the call, or goes as if not set."""
    kinds = sa.bindparam("kinds", NEW_KINDS, expanding=True)
    owners = sa.bindparam("owners", NEW_OWNERS, expanding=True)
    run = op.get_bind().execute
    run(sa.text("DELETE FROM extensions WHERE owner_kind IN :owners").bindparams(owners))
    run(sa.text("DELETE FROM hours_routes WHERE state = 'open'"))
    for table in KIND_TABLES:
        change = f"UPDATE {table} SET destination_kind = 'end_call', destination_ref = '' "  # noqa: S608
        run(sa.text(change + "WHERE destination_kind IN :kinds").bindparams(kinds))
    for table, column, empty in DOCUMENTS:
        for kind in NEW_KINDS:
            change = f"UPDATE {table} SET {column} = :empty WHERE CAST({column} AS TEXT) LIKE :kind"  # noqa: S608
            run(sa.text(change), {"empty": empty, "kind": f'%"kind": "{kind}"%'})


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


def _number(name: str, *, nullable: bool = False) -> Part:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _switch(name: str) -> Part:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _document(name: str) -> Part:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=True)


def _seconds() -> Part:
    return sa.Column("seconds", sa.Double(), nullable=False)


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


def _prompts_and_music() -> None:
    files = (_text("file", 160), _text("original", 160, nullable=True), _seconds())
    _table(
        "prompts",
        _text("name", 80),
        _text("source", 32),
        _text("language", 12, nullable=True),
        _text("text", 2000, nullable=True),
        *files,
        _unique("prompts", "tenant_id", "id"),
        _unique("prompts", "tenant_id", "name"),
    )
    _table(
        "music_playlists",
        _text("name", 80),
        _switch("shuffle"),
        _unique("music_playlists", "tenant_id", "id"),
        _unique("music_playlists", "tenant_id", "name"),
    )
    _table(
        "music_tracks",
        _text("playlist_id", 36),
        _number("position"),
        _text("name", 120),
        _text("file", 160),
        _text("original", 160, nullable=True),
        _seconds(),
        _within("music_tracks", "playlist_id", "music_playlists"),
    )
    _index("music_tracks", "playlist_id")


def _ivrs() -> None:
    _table(
        "ivrs",
        _text("name", 80),
        _text("department_id", 36),
        _text("prompt", 120, nullable=True),
        _text("language", 12, nullable=True),
        _number("wait_seconds"),
        _number("rounds"),
        _switch("direct_dial"),
        *(_document(name) for name in ("no_input", "invalid_input", "sms_to")),
        *(_document(name) for name in ("closed", "on_break", "holiday")),
        _unique("ivrs", "tenant_id", "id"),
        _unique("ivrs", "tenant_id", "name"),
        _within("ivrs", "department_id", "departments", goes=False),
    )
    _index("ivrs", "department_id")
    _table(
        "ivr_keys",
        _text("ivr_id", 36),
        _text("keys", 8),
        _text("action", 32),
        _document("destination"),
        _text("prompt", 120, nullable=True),
        _unique("ivr_keys", "ivr_id", "keys"),
        _within("ivr_keys", "ivr_id", "ivrs"),
    )
    _index("ivr_keys", "ivr_id")


def _ring_groups() -> None:
    _table(
        "ring_groups",
        _text("name", 80),
        _text("department_id", 36),
        _text("strategy", 32),
        _number("ring_seconds"),
        _text("greeting", 120, nullable=True),
        _text("caller_name", 40),
        _document("no_answer"),
        _text("music_id", 36, nullable=True),
        _switch("disturb_busy"),
        _text("multicast_address", 45, nullable=True),
        _number("multicast_port", nullable=True),
        *(_document(name) for name in ("closed", "on_break", "holiday")),
        _unique("ring_groups", "tenant_id", "id"),
        _unique("ring_groups", "tenant_id", "name"),
        _within("ring_groups", "department_id", "departments", goes=False),
    )
    _index("ring_groups", "department_id")
    _table(
        "ring_group_members",
        _text("ring_group_id", 36),
        _text("user_id", 36),
        _number("position"),
        _unique("ring_group_members", "ring_group_id", "user_id"),
        _within("ring_group_members", "ring_group_id", "ring_groups"),
        _within("ring_group_members", "user_id", "users"),
    )
    _index("ring_group_members", "ring_group_id")
    _index("ring_group_members", "user_id")


def _voicemail() -> None:
    _table(
        "voicemail_boxes",
        _text("user_id", 36, nullable=True),
        _text("ring_group_id", 36, nullable=True),
        _switch("enabled"),
        _text("pin", 10, nullable=True),
        _switch("ask_pin"),
        _switch("say_caller"),
        _text("say_time", 32),
        _text("mail", 32),
        sa.Column("mail_to", sa.JSON(), nullable=False),
        _switch("mail_members"),
        _text("self_id", 160, nullable=True),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (ring_group_id IS NULL)",
            name=op.f("ck_voicemail_boxes_one_owner"),
        ),
        _unique("voicemail_boxes", "tenant_id", "id"),
        _unique("voicemail_boxes", "user_id"),
        _unique("voicemail_boxes", "ring_group_id"),
        _within("voicemail_boxes", "user_id", "users"),
        _within("voicemail_boxes", "ring_group_id", "ring_groups"),
    )
    _table(
        "voicemail_greetings",
        _text("box_id", 36),
        _text("status", 32, nullable=True),
        _text("file", 160),
        _seconds(),
        _text("text", 2000, nullable=True),
        _unique("voicemail_greetings", "box_id", "status"),
        _within("voicemail_greetings", "box_id", "voicemail_boxes"),
    )
    _index("voicemail_greetings", "box_id")
    always = sa.text("status IS NULL")
    op.create_index(
        "uq_voicemail_greetings_always",
        "voicemail_greetings",
        ["box_id"],
        unique=True,
        sqlite_where=always,
        postgresql_where=always,
    )
    _table(
        "voicemail_messages",
        _text("box_id", 36),
        _text("call_id", 80),
        _text("caller", 64),
        _text("caller_name", 120),
        _text("file", 160),
        _seconds(),
        _number("size"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        _within("voicemail_messages", "box_id", "voicemail_boxes"),
    )
    columns = ["box_id", "recorded_at"]
    op.create_index("ix_voicemail_messages_box_id_recorded_at", "voicemail_messages", columns)
