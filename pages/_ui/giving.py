"""Which photos a browser is given: some with the page, and more when it asks, by an address of its own like that of `acts`."""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.accounts import COOKIE
from core.errors import FormatError, StoreError
from core.review import Given
from core.review.filters import FilterWords, read_words
from pages._ui import review_filters, review_items, routes, services, who
from pages._ui.desk import desk

WINDOW = 600  # photos that the browser is given ahead
SHARED_WINDOW, SHARED_LOW = 60, 30  # where others wait for photos too


def address(annotator: str, words: FilterWords) -> str:
    """Return where the browser asks for more photos of this choice; only a page can make it."""
    query = words.query()
    signature = routes.signer().sign(f"next/{annotator}/{query}")
    return f"/next?{urlencode({'by': annotator, 'of': query, 's': signature})}"


def low() -> int | None:
    """Return at how many photos a browser asks for more, `None` if it may please itself."""
    return SHARED_LOW if who.is_guarded() else None


def next_items(annotator: str, words: FilterWords) -> list[dict[str, object]]:
    """Return the next photos; the browser puts those that it does not have behind those that it has."""
    at, shared = services.now(), who.is_guarded()
    wanted = review_filters.resolved(words)
    given = desk().next_for(annotator, limit=SHARED_WINDOW if shared else WINDOW, at=at, wanted=wanted)
    if shared:  # whoever asked at the same moment may have been quicker
        held = services.leases().hold(annotator, [sha for one in given for sha in _hashes(one)], at=at)
        given = [one for one in given if one.photo.sha256 in held]
    return review_items.items(given)


def _hashes(given: Given) -> list[str]:
    return [member.sha256 for member in given.event] or [given.photo.sha256]


def more(request: Request) -> Response:
    """Give the next photos to whoever was shown this address."""
    by, query, signature = (request.query_params.get(name, "") for name in ("by", "of", "s"))
    if not routes.signer().holds(f"next/{by}/{query}", signature):
        return PlainTextResponse(routes.STRANGE, 403)
    if not who.may_act_as(by, request.cookies.get(COOKIE)):
        return PlainTextResponse("Sign in again to see more photos.", 403)
    try:
        items = next_items(by, read_words(dict(parse_qsl(query))))
    except FormatError as error:  # the taxonomy is another one since
        return PlainTextResponse(f"No more photos: {error}; reload the page.", 400)
    except StoreError as error:
        return PlainTextResponse(f"No more photos yet: {error}", 503)
    return JSONResponse({"items": items}, headers=routes.FRESH)


ROUTES = [Route("/next", more)]
