"""A server on this machine that answers as GBIF, iNaturalist and the Red List do.

The real clients run, over real HTTP; only where their requests go is changed. The shapes were written down
from the services' documentation; names and figures in them are made up where they do not matter.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

HOSTS = ("api.gbif.org", "api.inaturalist.org", "api.iucnredlist.org")


class Databases(ThreadingHTTPServer):
    """`answers` maps a path to (status, body, headers), or to a list of them, one for each question."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, object] = {}
        self.asked: list[tuple[str, dict[str, list[str]], dict[str, str]]] = []

    def answer(self, path: str) -> tuple[int, object, dict[str, str]]:
        found = self.answers.get(path, (404, {"error": "not found"}, {}))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found  # type: ignore[return-value]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Databases)
        address = urlsplit(self.path)
        server.asked.append((address.path, parse_qs(address.query), dict(self.headers)))
        status, body, headers = server.answer(address.path)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    server = Databases()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    send = requests.adapters.HTTPAdapter.send

    def redirected(self, request, *args, **kwargs):
        address = urlsplit(request.url)
        assert address.hostname in HOSTS, f"nobody may be asked but {HOSTS}: {request.url}"
        asked = request.url
        request.url = f"http://127.0.0.1:{server.server_port}{address.path}?{address.query}"
        response = send(self, request, *args, **kwargs)
        request.url = response.url = asked  # the clients keep books by host
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", redirected)
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    yield server
    server.shutdown()
    server.server_close()


def gbif(
    name: str = "Panthera leo", match: str = "EXACT", status: str = "ACCEPTED", **more: object
) -> object:
    return {
        "usage": {
            "key": "4CGXP", "name": f"{name} (Linnaeus, 1758)", "canonicalName": name, "rank": "SPECIES",
            "code": "ZOOLOGICAL", "status": status,
        },
        "classification": [
            {"key": "N", "name": "Animalia", "rank": "KINGDOM"},
            {"key": "623FM", "name": "Felidae", "rank": "FAMILY"},
        ],
        "diagnostics": {"matchType": match, "confidence": 99, "timeTaken": 1},
        "additionalStatus": [{"datasetAlias": "IUCN", "gbifKey": "1", "status": "VULNERABLE", "statusCode": "VU"}],
        "synonym": False,
        **more,
    }  # fmt: skip


GBIF_NONE = {"diagnostics": {"matchType": "NONE", "confidence": 100, "note": "No match"}, "synonym": False}


def inat(name: str = "Panthera leo", **more: object) -> dict[str, object]:
    return {
        "id": 41964, "name": name, "rank": "species", "is_active": True, "preferred_common_name": "Lion",
        "observations_count": 20_000, "wikipedia_url": "http://en.wikipedia.org/wiki/Lion",
        "conservation_status": {"authority": "IUCN Red List", "status": "VU", "geoprivacy": "open"},
        "default_photo": {"license_code": None, "attribution": "(c) somebody", "medium_url": "https://x/y.jpg"},
        **more,
    }  # fmt: skip


def inat_page(*results: object) -> object:
    return {"total_results": len(results), "page": 1, "per_page": 30, "results": list(results)}


IUCN_TAXON = {
    "taxon": {"sis_id": 15951, "scientific_name": "Panthera leo"},
    "assessments": [
        {
            "assessment_id": 259030422, "year_published": "2023", "latest": True, "red_list_category_code": "VU",
            "url": "https://www.iucnredlist.org/species/15951/259030422",
            "scopes": [{"code": "1", "description": {"en": "Global"}}],
        },
        {
            "assessment_id": 7, "year_published": "2025", "latest": True, "red_list_category_code": "EN",
            "url": "https://www.iucnredlist.org/species/15951/7",
            "scopes": [{"code": "2", "description": {"en": "Europe"}}],
        },
        {
            "assessment_id": 8, "year_published": "2016", "latest": False, "red_list_category_code": "VU",
            "url": "https://www.iucnredlist.org/species/15951/8",
            "scopes": [{"code": "1", "description": {"en": "Global"}}],
        },
    ],
}  # fmt: skip
IUCN_DETAILS = {
    "assessment_id": 259030422,
    "population_trend": {"code": "1", "description": {"en": "Decreasing"}},
    "citation": "Nicholson, S. et al. 2023. Panthera leo.",
}
