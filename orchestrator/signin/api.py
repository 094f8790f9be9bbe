"""Routes of sign-in, one's own account, API clients and OAuth."""

import base64
import binascii
from urllib.parse import unquote

from aiohttp import web

from orchestrator.errors import NotFound, NotSignedIn
from orchestrator.signin.clients import RIGHT, ApiClientService
from orchestrator.signin.me import MeService
from orchestrator.signin.rules import SESSION
from orchestrator.signin.schemas import (
    ApiClientCreate,
    ApiClientOut,
    ApiClientPage,
    ApiClientPatch,
    ApiClientQuery,
    ApiClientWithSecret,
    Me,
    OwnSignIns,
    PasswordChange,
    PasswordProof,
    SignInOut,
    SignInRequest,
    TokenOut,
    TokenRequest,
    TotpEnrolment,
    TotpProof,
)
from orchestrator.signin.service import Client, SignInService
from orchestrator.signin.totp import TotpService
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import Access, Answer, ApiRequest, Cookie, Route

COOKIE_SECONDS = int(SESSION.total_seconds())

_NOUN = Noun("api-clients", "API client", RIGHT, RIGHT)
_SHAPES = Shapes(
    ApiClientCreate,
    ApiClientPatch,
    ApiClientQuery,
    ApiClientOut,
    ApiClientPage,
    created=ApiClientWithSecret,
    replayable=False,
)
_SELF = Access.SIGNED_IN
_TAG = "sign-in"


def api_client_routes(service: ApiClientService) -> list[Route]:
    async def token(request: ApiRequest) -> TokenOut | web.Response:
        client = Client(request.remote, request.user_agent)
        return await answer_token(
            service, request.body(TokenRequest), request.authorization, client
        )

    return [
        *resource_routes(_NOUN, service, _SHAPES),
        Route(
            *("POST", "/oauth/token", Access.PUBLIC, token, "Token for an API client.", _TAG),
            body=TokenRequest,
            answer=TokenOut,
            form=True,
            replayable=False,
        ),
    ]


def sign_in_routes(service: SignInService) -> list[Route]:
    async def sign_in(request: ApiRequest) -> Answer:
        asked = request.body(SignInRequest)
        client = Client(request.remote, request.user_agent)
        given = await service.sign_in(asked, client)
        return Answer(given, Cookie(given.token, COOKIE_SECONDS) if asked.cookie else None)

    async def sign_out(request: ApiRequest) -> Answer:
        await service.sign_out(request.sign_in)
        return Answer(None, Cookie("", 0))

    return [
        Route(
            *("POST", "/sign-in", Access.PUBLIC, sign_in, "Sign in.", _TAG),
            body=SignInRequest,
            answer=SignInOut,
            errors=(NotSignedIn,),
        ),
        Route(
            *("POST", "/sign-out", _SELF, sign_out, "End this sign-in.", _TAG),
            status=204,
            replayable=False,
        ),
    ]


def account_routes(sign_ins: SignInService, me: MeService) -> list[Route]:
    async def show_me(request: ApiRequest) -> Me:
        return await me.show(request.sign_in)

    async def change_password(request: ApiRequest) -> None:
        await sign_ins.change_password(request.sign_in, request.body(PasswordChange))

    async def show_own(request: ApiRequest) -> OwnSignIns:
        return await sign_ins.own(request.sign_in)

    async def end_own(request: ApiRequest) -> None:
        await sign_ins.end(request.sign_in, request.path["sign_in"])

    return [
        Route(*("GET", "/me", _SELF, show_me, "Who am I, what may I.", _TAG), answer=Me),
        Route(
            *("POST", "/me/password", _SELF, change_password, "Change one's password.", _TAG),
            body=PasswordChange,
            status=204,
            replayable=False,
        ),
        Route(
            *("GET", "/me/sign-ins", _SELF, show_own, "List one's sign-ins.", _TAG),
            answer=OwnSignIns,
        ),
        Route(
            *("DELETE", "/me/sign-ins/{sign_in}", _SELF, end_own, "End a sign-in.", _TAG),
            status=204,
            errors=(NotFound,),
        ),
    ]


def totp_routes(service: TotpService) -> list[Route]:
    async def enrol(request: ApiRequest) -> TotpEnrolment:
        return await service.enrol(request.sign_in, request.body(PasswordProof))

    async def confirm(request: ApiRequest) -> None:
        await service.confirm(request.sign_in, request.body(TotpProof))

    async def disable(request: ApiRequest) -> None:
        await service.disable(request.sign_in, request.body(PasswordProof))

    return [
        Route(
            *("POST", "/me/totp/enrol", _SELF, enrol, "Get a secret for codes.", _TAG),
            body=PasswordProof,
            answer=TotpEnrolment,
            replayable=False,
        ),
        Route(
            *("POST", "/me/totp/confirm", _SELF, confirm, "Use codes from now on.", _TAG),
            body=TotpProof,
            status=204,
            replayable=False,
        ),
        Route(
            *("POST", "/me/totp/disable", _SELF, disable, "Use no codes any more.", _TAG),
            body=PasswordProof,
            status=204,
            replayable=False,
        ),
    ]


async def answer_token(
    service: ApiClientService, asked: TokenRequest, authorization: str, client: Client
) -> TokenOut | web.Response:
    """A token, or an error in the words of RFC 6749 §5.2, which OAuth libraries expect."""
    if asked.grant_type != "client_credentials":
        error = "unsupported_grant_type" if asked.grant_type else "invalid_request"
        return web.json_response({"error": error}, status=400)
    given = _basic(authorization) or (asked.client_id, asked.client_secret)
    if not given[0] or not given[1]:
        return _refused()
    try:
        return await service.token(given[0], given[1], client)
    except NotSignedIn:
        return _refused()


def _refused() -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="centrale"'}
    return web.json_response({"error": "invalid_client"}, status=401, headers=headers)


def _basic(authorization: str) -> tuple[str, str] | None:
    """Client id and secret of an HTTP Basic header (RFC 6749 §2.3.1); None when there is none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(name), unquote(secret)
