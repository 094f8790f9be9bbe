"""Who is signed in, and what they may do."""

from orchestrator.db.session import Database
from orchestrator.rights.rules import Right, may
from orchestrator.signin.schemas import GrantOut, Me
from orchestrator.signin.service import SignedIn, SignInService, own_scope
from orchestrator.tenants.service import TenantService
from orchestrator.types import ActorKind


class MeService:
    """What a client needs to decide which screens to show."""

    def __init__(self, database: Database, sign_ins: SignInService, tenants: TenantService) -> None:
        self._database = database
        self._sign_ins = sign_ins
        self._tenants = tenants

    async def show(self, signed_in: SignedIn) -> Me:
        actor = signed_in.actor
        tenant = await self._tenants.get(own_scope(actor))
        account = None
        if actor.kind is not ActorKind.API_CLIENT:
            async with self._database.reading() as session:
                account = await self._sign_ins.accounts_of(actor).by_id(session, actor.id)
        return Me(
            kind=actor.kind,
            id=actor.id,
            name=actor.name,
            email=account.email if account else None,
            tenant=tenant.id,
            tenant_slug=tenant.slug,
            tenant_name=tenant.name,
            totp=account is not None and account.totp_secret is not None,
            grants=[GrantOut(role=each.role, department=each.department) for each in actor.grants],
            rights=[right.value for right in Right if may(actor, right)],
        )
