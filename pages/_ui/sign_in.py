"""Signing in and out: a small page beside the others, since only an answer of the server can set a cookie."""

from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.accounts import COOKIE, STAYS, make_token, sign_in
from core.errors import AccountError, StoreError, TooManyTries
from pages._ui import routes, services

PAGE = Path(__file__).with_name("sign_in.html").read_text(encoding="utf-8")
MOST_BYTES = 10_000  # of a form
HOME = "/review"


def page(request: Request) -> Response:
    """Give the form."""
    return _form(_inside(request.query_params.get("to", HOME)), "", 200)


async def enter(request: Request) -> Response:
    """Let somebody in, or say that name and password do not belong together."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return _form(HOME, "That was too long.", 413)
    fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    to = _inside(fields.get("to", HOME))
    try:
        account = sign_in(
            services.accounts(), fields.get("name", ""), fields.get("password", ""), at=services.now()
        )
    except TooManyTries as error:
        answer = _form(to, _sentence(error), 429)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    except (AccountError, StoreError) as error:
        return _form(to, _sentence(error), 403)
    answer = RedirectResponse(to, 303)
    answer.set_cookie(
        COOKIE, make_token(account, routes.signer(), at=services.now()), max_age=int(STAYS.total_seconds()),
        httponly=True, samesite="strict", secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


def leave(request: Request) -> Response:
    """Let the browser forget who it was."""
    answer = RedirectResponse(HOME, 303)
    answer.delete_cookie(COOKIE)
    return answer


def _inside(address: str) -> str:
    """Return an address of this house; one that leads elsewhere becomes the front door."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else HOME


def _sentence(error: Exception) -> str:
    return f"{str(error)[:1].upper()}{str(error)[1:]}."


def _form(to: str, problem: str, status: int) -> Response:
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    text = PAGE.replace("{to}", escape(to)).replace("{problem}", alert)
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY"})


ROUTES = [
    Route("/sign-in", page, methods=["GET"]),
    Route("/sign-in", enter, methods=["POST"]),
    Route("/sign-out", leave, methods=["GET"]),
]
