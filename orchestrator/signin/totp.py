"""One-time codes (TOTP, RFC 6238) as second factor of one's own account."""

import pyotp

from orchestrator.audit.notes import note
from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.errors import Conflict, Invalid
from orchestrator.signin.schemas import PasswordProof, TotpEnrolment, TotpProof
from orchestrator.signin.service import SignedIn, SignInService, own_scope

ISSUER = "Centrale"


class TotpService:
    """Enrol, confirm with the first code, disable. Both ends ask for the password again."""

    def __init__(self, database: Database, clock: Clock, sign_ins: SignInService) -> None:
        self._database = database
        self._clock = clock
        self._sign_ins = sign_ins

    async def enrol(self, signed_in: SignedIn, body: PasswordProof) -> TotpEnrolment:
        """A new secret, which counts once it is confirmed. Conflict when one counts already."""
        account = await self._sign_ins.prove(signed_in, body.password, "body.password")
        if account.totp_secret is not None:
            raise Conflict("Codes are in use already; disable them first.", id="totp-enabled")
        secret = pyotp.random_base32()
        await self._set(signed_in, secret)
        uri = pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=ISSUER)
        return TotpEnrolment(secret=secret, uri=uri)

    async def confirm(self, signed_in: SignedIn, body: TotpProof) -> None:
        """From now on sign-in asks for a code."""
        actor = signed_in.actor
        accounts = self._sign_ins.accounts_of(actor)
        scope = own_scope(actor)
        async with self._database.transaction(scope) as session:
            secret = await accounts.pending_totp(session, actor.id)
            if secret is None:
                raise Conflict("Enrol first.", id="totp-not-enrolled")
            if not pyotp.TOTP(secret).verify(body.code, for_time=self._clock.now(), valid_window=1):
                raise Invalid.field("body.code", "is not right")
            await accounts.confirm_totp(session, actor.id, self._clock.now())
            note(session, scope, "tenant:totp:enabled", (actor.kind, actor.id))

    async def disable(self, signed_in: SignedIn, body: PasswordProof) -> None:
        """Sign in with the password alone again."""
        await self._sign_ins.prove(signed_in, body.password, "body.password")
        await self._set(signed_in, None)

    async def _set(self, signed_in: SignedIn, secret: str | None) -> None:
        actor = signed_in.actor
        async with self._database.transaction(own_scope(actor)) as session:
            await self._sign_ins.accounts_of(actor).set_totp(session, actor.id, secret)
