"""What people do on the review surface, as the browser sends it: kept, and acknowledged once it is durable.

It comes by an address of its own: through Streamlit's socket each act would cost a run of the script, and people who work at
the same time would wait for each other.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.accounts import COOKIE
from core.errors import StoreError
from core.review import parse_acts
from pages._ui import routes, services, who
from pages._ui.desk import desk

MOST_BYTES = 8_000_000  # of a message; an act is less than a thousand, unless many boxes are drawn
MOST_HELD = 2_000


def address(annotator: str) -> str:
    """Return where the browser sends what somebody does; only a page can make it."""
    return f"/acts?{urlencode({'by': annotator, 's': routes.signer().sign(f'acts/{annotator}')})}"


async def receive(request: Request) -> Response:
    """Keep the acts of a message, and say which need not be sent again."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return PlainTextResponse("Not saved: that is too much for one message.", 413)
    by, signature = (request.query_params.get(name, "") for name in ("by", "s"))
    if not routes.signer().holds(f"acts/{by}", signature):
        return PlainTextResponse(routes.STRANGE, 403)
    try:
        message = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, Mapping):
        return PlainTextResponse("Not saved: this is no message of a review page.", 400)
    return await run_in_threadpool(_answer, by, request.cookies.get(COOKIE), message)


def _answer(annotator: str, token: str | None, message: Mapping[str, Any]) -> Response:
    if not who.may_act_as(annotator, token):
        return PlainTextResponse("Not saved: sign in again.", 403)
    session = str(message.get("session", ""))[:64]
    acts, refused = parse_acts(message.get("acts"), services.taxonomy(), annotator=annotator, session=session)
    now = services.now()
    try:
        refused |= {
            str(act): reason for act, reason in services.ledger().append_all(acts, received_at=now).items()
        }
        kept = [act for act in acts if str(act.id) not in refused]
        if who.is_guarded():
            desk().settle(act.sha256 for act in kept)
            if held := _held(message):
                services.leases().hold(annotator, held, at=now)
    except StoreError as error:  # busy, full or gone: the browser keeps the acts and sends them again
        return PlainTextResponse(f"Not saved yet: {error}", 503)
    said = [f"One act could not be kept: {reason}" for reason in dict.fromkeys(refused.values())]
    done, total = services.queue().progress()
    settled = [*refused, *(str(act.id) for act in kept)]
    return JSONResponse(
        {"settled": settled, "said": said, "labelled": done, "total": total}, headers=routes.FRESH
    )


def _held(message: Mapping[str, Any]) -> list[str]:
    """Return the photos that the browser still has; it says so once in a while."""
    held = message.get("held") or []
    if not isinstance(held, Sequence) or isinstance(held, str):
        return []
    return [sha256 for sha256 in held[:MOST_HELD] if isinstance(sha256, str)]


ROUTES = [Route("/acts", receive, methods=["POST"])]
