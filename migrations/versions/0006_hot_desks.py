"""Add hot-desk phones: devices without a user of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OWNED = "ck_devices_somebodys_or_hot_desk"
ONE_EACH = "uq_devices_one_hot_desk"


def upgrade() -> None:
    op.add_column("tenant_options", sa.Column("hot_desks", sa.JSON(), nullable=True))
    with op.batch_alter_table("devices") as devices:
        devices.alter_column("user_id", existing_type=sa.String(length=36), nullable=True)
        devices.add_column(
            sa.Column("hot_desk", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        devices.add_column(sa.Column("logged_in_at", sa.DateTime(timezone=True), nullable=True))
        devices.create_check_constraint(op.f(OWNED), "hot_desk OR user_id IS NOT NULL")
    op.create_index(
        ONE_EACH,
        "devices",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("hot_desk"),
        postgresql_where=sa.text("hot_desk"),
    )


def downgrade() -> None:
    op.drop_column("tenant_options", "hot_desks")
    # They would become devices of whoever used them last.
    op.execute(sa.text("DELETE FROM devices WHERE hot_desk"))
    op.drop_index(ONE_EACH, "devices")
    with op.batch_alter_table("devices") as devices:
        devices.drop_constraint(op.f(OWNED), type_="check")
        devices.alter_column("user_id", existing_type=sa.String(length=36), nullable=False)
        devices.drop_column("hot_desk")
        devices.drop_column("logged_in_at")
