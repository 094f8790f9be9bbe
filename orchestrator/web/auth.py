"""Who asks, and may they enter this tenant. The only place of the web edge that makes a `Scope`."""

from collections import OrderedDict

from aiohttp import web

from orchestrator.errors import Denied, NotFound, NotSignedIn
from orchestrator.rights.rules import may
from orchestrator.signin.service import SignedIn, SignInService
from orchestrator.tenants.service import TenantService
from orchestrator.types import ActorKind, Scope
from orchestrator.web.routes import Access, Need, Route

COOKIE = "centrale_session"
CSRF_HEADER = "X-Centrale-Request"
"""Any value. A foreign site cannot send it without CORS, which we never allow."""

_OWN = "-"
_REMEMBERED_ENTRIES = 4096


def token_of(request: web.Request) -> tuple[str | None, bool]:
    """The bearer token, and whether it came by cookie. The header wins."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip(), False
    cookie = request.cookies.get(COOKIE)
    return (cookie, True) if cookie else (None, False)


def refuse_forgery(request: web.Request) -> None:
    """A write by cookie must carry our header: browsers send cookies on foreign forms too."""
    if request.method not in {"GET", "HEAD", "OPTIONS"} and CSRF_HEADER not in request.headers:
        raise Denied(f"Requests by cookie must carry the {CSRF_HEADER} header.", id="csrf")


class Gate:
    """Checks the way in, for each request anew: rights that were taken away end at once."""

    def __init__(self, sign_ins: SignInService, tenants: TenantService) -> None:
        self._sign_ins = sign_ins
        self._tenants = tenants
        self._entered: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def signed_in(self, request: web.Request) -> tuple[SignedIn, bool]:
        """Who asks, and whether by cookie; `NotSignedIn` for everybody else."""
        token, by_cookie = token_of(request)
        if token is None:
            raise NotSignedIn("Send a bearer token.")
        found = await self._sign_ins.resolve(token)
        if by_cookie:
            refuse_forgery(request)
        return found, by_cookie

    async def enter(self, route: Route, signed_in: SignedIn, tenant: str) -> Scope:
        """The scope of a tenant route.

        An unknown tenant and a foreign one give the same `NotFound`, so that nobody can learn
        which customers exist.
        """
        actor = signed_in.actor
        if tenant == _OWN and actor.tenant is not None:
            scope = Scope(actor.tenant, actor)
        else:
            scope = await self._way_in(signed_in, tenant)
        check(route.need, scope)
        return scope

    async def _way_in(self, signed_in: SignedIn, tenant: str) -> Scope:
        actor = signed_in.actor
        place = await self._tenants.place_of(tenant)
        if place is None or actor.tenant is None:
            raise NotFound("There is no such tenant.")
        if place.id == actor.tenant:
            return Scope(place.id, actor)
        if actor.kind is not ActorKind.OPERATOR or actor.tenant not in place.ancestors:
            raise NotFound("There is no such tenant.")
        scope = Scope(place.id, actor)
        await self._note_entry(signed_in, scope)
        return scope

    async def _note_entry(self, signed_in: SignedIn, scope: Scope) -> None:
        """Leave an audit entry when somebody enters from above, once per sign-in and tenant."""
        key = (signed_in.id, scope.tenant)
        if key in self._entered:
            self._entered.move_to_end(key)
            return
        await self._tenants.note_entry(scope, signed_in.id)
        self._entered[key] = None
        if len(self._entered) > _REMEMBERED_ENTRIES:
            self._entered.popitem(last=False)


def check(need: Need, scope: Scope) -> None:
    """Refuse with `Denied` unless the actor holds what the route needs."""
    if need is Access.OPERATOR:
        if scope.actor.kind is not ActorKind.OPERATOR:
            raise Denied("Only operators may do this.")
    elif not isinstance(need, Access) and not may(scope.actor, need):
        raise Denied(f"The right {need.value} is missing.")
