"""Sign in, stay signed in, sign out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from gateway_service.errors import BadGrantError
from gateway_service.logins import Issued
from gateway_service.parts import InUse
from gateway_service.schemas import MAX_PASSWORD, Tokens
from shared_utils import strict_json

router = APIRouter(prefix="/auth", tags=["auth"])

_TOKEN_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {
                "schema": {
                    "type": "object",
                    "required": ["refresh_token"],
                    "properties": {"refresh_token": {"type": "string"}},
                }
            }
            for media_type in ("application/x-www-form-urlencoded", "application/json")
        },
    }
}


async def _refresh_token(request: Request) -> str:
    """The token in a form (RFC 6749 section 6) or in a JSON object of the same member."""
    if request.headers.get("content-type", "").startswith("application/json"):
        found = strict_json.loads(await request.body() or b"null")
        values = found if isinstance(found, dict) else {}
    else:
        values = dict(await request.form())
    token = values.get("refresh_token")
    if not isinstance(token, str) or not token.isascii() or not 0 < len(token) <= 512:
        raise BadGrantError("invalid_request", "Send the refresh token as `refresh_token`.")
    return token


GivenToken = Annotated[str, Depends(_refresh_token)]
Word = Annotated[str, Form(max_length=MAX_PASSWORD)]


@router.post("/token")
async def sign_in(
    request: Request,
    response: Response,
    parts: InUse,
    username: Annotated[Word | None, Form()] = None,
    password: Annotated[Word | None, Form(json_schema_extra={"format": "password"})] = None,
    grant_type: Annotated[Word, Form()] = "password",
    refresh_token: Annotated[Word | None, Form()] = None,
) -> Tokens:
    """Tokens for a login and its password (OAuth2 password form), or for a refresh token."""
    if grant_type == "refresh_token" and refresh_token:
        return _told(await parts.logins.refreshed(refresh_token))
    if grant_type not in ("password", "refresh_token"):
        raise BadGrantError("unsupported_grant_type", "Send `grant_type=password`.")
    if username is None or password is None or grant_type != "password":
        raise BadGrantError("invalid_request", "Send `username` and `password` as a form.")
    return _told(await parts.logins.by_password(username, password, _address(request)))


@router.post("/refresh", openapi_extra=_TOKEN_BODY)
async def refresh(token: GivenToken, parts: InUse) -> Tokens:
    """New tokens for a refresh token, which works once: a second use ends the whole session."""
    return _told(await parts.logins.refreshed(token))


@router.post("/logout", status_code=204, openapi_extra=_TOKEN_BODY)
async def sign_out(token: GivenToken, parts: InUse) -> None:
    """End the session that a refresh token belongs to; the same answer for an unknown token."""
    await parts.logins.ended(token)


def _told(issued: Issued) -> Tokens:
    return Tokens.model_validate(issued, from_attributes=True)


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
