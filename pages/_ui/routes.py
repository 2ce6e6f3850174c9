"""Addresses beside the pages: small copies of photos, their history, the list of taxa for type-ahead, short cards.

Streamlit sends what a script shows through its socket; hundreds of photos belong into the browser's cache
instead. An address carries a signature that only a page can have made, and names nothing but a hash or a taxon.
"""

import json
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.errors import MediaError
from core.media import MediaLibrary
from core.media.previews import Previews
from core.settings import Settings
from core.signing import Signer, load_signer
from core.taxonomy import Taxonomy
from pages._ui import review_dialogs

KEPT = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
STRANGE = "This address was not made by a page of this Fieldmark."
_taxa: dict[str, bytes] = {}


@lru_cache(maxsize=1)
def signer() -> Signer:
    """The key of this installation."""
    return load_signer(Settings().data / "secret.key")


@lru_cache(maxsize=1)
def previews() -> Previews:
    """Small copies of the user's photos."""
    data = Settings().data
    return Previews(data / "previews", MediaLibrary(data / "media"))


def photo_address(sha256: str, size: str) -> str:
    """Return where the browser finds a photo; for as long as this installation keeps its key."""
    return f"/photo/{size}/{sha256}?s={signer().sign(f'{size}/{sha256}')}"


def taxa_address(taxonomy: Taxonomy) -> str:
    """Return where the browser finds all names of a taxonomy."""
    version = taxonomy.sha256()[:16]
    if version not in _taxa:
        _taxa[version] = json.dumps(
            [
                {
                    "id": taxon.id,
                    "rank": taxon.rank.label,
                    "names": list(
                        dict.fromkeys(
                            [
                                taxon.display_name,
                                taxon.scientific_name,
                                *taxon.names.values(),
                                *taxon.other_names,
                            ]
                        )
                    ),
                }
                for taxon in taxonomy.order
            ],
            ensure_ascii=False,
        ).encode()
    return f"/taxa/{version}?s={signer().sign(f'taxa/{version}')}"


def cards_address(taxonomy: Taxonomy) -> str:
    """Return where the browser finds the card of a taxon, which it puts in the place of `{taxon}`."""
    version = taxonomy.sha256()[:16]
    return f"/card/{{taxon}}?v={version}&s={signer().sign(f'card/{version}')}"


def history_address(sha256: str) -> str:
    """Return where the browser finds what was said about a photo."""
    return f"/history/{sha256}?s={signer().sign(f'history/{sha256}')}"


def similar_address(sha256: str) -> str:
    """Return where the browser finds photos that look like one."""
    return f"/similar/{sha256}?s={signer().sign(f'similar/{sha256}')}"


def examples_address(sha256: str) -> str:
    """Return where the browser finds labelled photos of the species that a photo may show."""
    return f"/examples/{sha256}?s={signer().sign(f'examples/{sha256}')}"


def photo(request: Request) -> Response:
    """Give a small copy of a photo to whoever was shown its address."""
    size, sha256 = request.path_params["size"], request.path_params["sha256"]
    if not signer().holds(f"{size}/{sha256}", request.query_params.get("s", "")):
        return PlainTextResponse(STRANGE, 403)
    try:
        return Response(previews().read(sha256, size), media_type="image/jpeg", headers=KEPT)
    except MediaError as error:
        return PlainTextResponse(str(error), 404)


def taxa(request: Request) -> Response:
    """Give all names of a taxonomy."""
    version = request.path_params["version"]
    if not signer().holds(f"taxa/{version}", request.query_params.get("s", "")):
        return PlainTextResponse(STRANGE, 403)
    if version not in _taxa:
        return PlainTextResponse("This taxonomy is not in use any more; reload the page.", 404)
    return Response(_taxa[version], media_type="application/json", headers=KEPT)


def card(request: Request) -> Response:
    """Give the card of a taxon, kept by the browser for as long as the taxonomy stays."""
    version = request.query_params.get("v", "")
    if not signer().holds(f"card/{version}", request.query_params.get("s", "")):
        return PlainTextResponse(STRANGE, 403)
    found = review_dialogs.card(request.path_params["taxon"])
    if found is None:
        return PlainTextResponse("There is no card of this animal.", 404)
    return JSONResponse(found, headers=KEPT)


def history(request: Request) -> Response:
    """Give everything that was said about a photo; never kept, since more may be said at any time."""
    sha256 = request.path_params["sha256"]
    if not signer().holds(f"history/{sha256}", request.query_params.get("s", "")):
        return PlainTextResponse(STRANGE, 403)
    return JSONResponse(review_dialogs.history(sha256), headers=FRESH)


def similar(request: Request) -> Response:
    """Give the photos that look most like one; never kept, since their labels change."""
    sha256 = request.path_params["sha256"]
    if not signer().holds(f"similar/{sha256}", request.query_params.get("s", "")):
        return PlainTextResponse(STRANGE, 403)
    found = review_dialogs.similar(sha256)
    photos = [{**one, "thumb": photo_address(one["sha256"], "thumb")} for one in found]
    return JSONResponse({"photos": photos}, headers=FRESH)


def examples(request: Request) -> Response:
    """Give labelled photos of the species that a photo may show; never kept, since their labels change."""
    sha256 = request.path_params["sha256"]
    if not signer().holds(f"examples/{sha256}", request.query_params.get("s", "")):
        return PlainTextResponse(STRANGE, 403)
    found = review_dialogs.examples(sha256)
    return JSONResponse(
        {taxon: [photo_address(one, "thumb") for one in photos] for taxon, photos in found.items()},
        headers=FRESH,
    )


ROUTES = [
    Route("/photo/{size}/{sha256}", photo),
    Route("/taxa/{version}", taxa),
    Route("/card/{taxon}", card),
    Route("/history/{sha256}", history),
    Route("/similar/{sha256}", similar),
    Route("/examples/{sha256}", examples),
]
