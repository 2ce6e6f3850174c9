"""GBIF, iNaturalist and the IUCN Red List: one question each, one careful reading of the answer.

A near name is never taken for the name: what is not an exact match of an accepted name is `DOUBTFUL`, and
only a database that answered "no such name" makes it `UNKNOWN`. Everything else raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from core.errors import RefreshError
from core.store import Lookup
from core.taxonomy import Rank, Taxon

CATALOGUE_OF_LIFE = "7ddf754f-d193-4cc9-b351-99906754a03b"  # COL Extended Release, as GBIF calls it
TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What a database says about a name; `payload` has its own field names."""

    outcome: Lookup
    payload: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """A database that can be asked about a taxon."""

    @property
    def name(self) -> str:
        """Short name, as it is stored."""

    @property
    def pause_s(self) -> float:
        """Seconds between two questions, as its operators ask for."""

    def ask(self, taxon: Taxon, ids: Mapping[str, str]) -> Reply:
        """Ask about one taxon.

        Args:
            ids: What the card knows, such as `{"inat": "41964"}`.

        Raises:
            RefreshError: No answer came; this says nothing about the taxon.
        """


@dataclass(frozen=True, slots=True)
class Gbif:
    """GBIF's matching service on the Catalogue of Life."""

    name: str = "gbif"
    pause_s: float = 0.3

    def ask(self, taxon: Taxon, ids: Mapping[str, str]) -> Reply:
        """Match the scientific name."""
        species = _library("pygbif", "species")
        with _network("GBIF"):
            found = species.name_backbone(
                scientificName=taxon.scientific_name, taxonRank=taxon.rank.label.upper(), kingdom="Animalia",
                strict=True, checklistKey=CATALOGUE_OF_LIFE, timeout=TIMEOUT_S,
            )  # fmt: skip
            match = str(found["diagnostics"]["matchType"])
            usage = found.get("usage") or {}
            if match == "NONE" or not usage:
                return Reply(Lookup.UNKNOWN)
            codes = [one.get("statusCode") for one in found.get("additionalStatus") or ()]
            payload = {
                "key": str(usage["key"]), "name": usage.get("canonicalName") or usage["name"],
                "status": usage.get("status"), "match": match,
                "confidence": found["diagnostics"].get("confidence"),
                "accepted": (found.get("acceptedUsage") or {}).get("canonicalName"),
                "iucn": next((code for code in codes if code), None),
                "classification": {one["rank"].lower(): one["name"] for one in found.get("classification", ())},
                "link": f"https://www.gbif.org/species/{usage['key']}",
            }  # fmt: skip
        exact = (
            match == "EXACT"
            and usage.get("status") == "ACCEPTED"
            and payload["name"] == taxon.scientific_name
        )
        return Reply(Lookup.FOUND if exact else Lookup.DOUBTFUL, payload)


@dataclass(frozen=True, slots=True)
class INaturalist:
    """iNaturalist's taxa; `cache` is a folder for its client's bookkeeping."""

    cache: Path
    name: str = "inat"
    pause_s: float = 1.0

    def ask(self, taxon: Taxon, ids: Mapping[str, str]) -> Reply:
        """Ask by id if the card has one, else search; either way the name must be the same."""
        api = _library("pyinaturalist")
        self.cache.mkdir(parents=True, exist_ok=True)
        with _network("iNaturalist"):
            session = api.ClientSession(
                cache_file=self.cache / "inat.db", ratelimit_path=str(self.cache / "inat-rate.db"),
                lock_path=str(self.cache / "inat.lock"), max_retries=0, timeout=TIMEOUT_S,
                user_agent="Fieldmark",
            )  # fmt: skip
            try:
                if number := ids.get("inat"):
                    results = api.get_taxa_by_id(int(number), session=session, force_refresh=True)["results"]
                else:
                    results = api.get_taxa(
                        q=taxon.scientific_name, rank=taxon.rank.label, session=session, force_refresh=True
                    )["results"]
            finally:
                session.close()
            same = [one for one in results if one["name"] == taxon.scientific_name]
            if not results:
                return Reply(Lookup.UNKNOWN)
            return Reply(
                Lookup.FOUND if len(same) == 1 else Lookup.DOUBTFUL, _inat_payload((same or results)[0])
            )


def _inat_payload(one: Mapping[str, Any]) -> dict[str, Any]:
    status = one.get("conservation_status") or {}
    photo = one.get("default_photo") or {}
    payload = {
        "id": one["id"], "name": one["name"], "rank": one.get("rank"),
        "active": one.get("is_active", True), "common_name": one.get("preferred_common_name"),
        "observations": one.get("observations_count"), "wikipedia": one.get("wikipedia_url"),
        "iucn": status.get("status") if status.get("authority") == "IUCN Red List" else None,
        "geoprivacy": status.get("geoprivacy"), "link": f"https://www.inaturalist.org/taxa/{one['id']}",
    }  # fmt: skip
    if photo.get("license_code"):  # without one all rights are reserved
        payload["photo"] = {key: photo.get(key) for key in ("medium_url", "license_code", "attribution")}
    return payload


@dataclass(frozen=True, slots=True)
class RedList:
    """The IUCN Red List, version 4 of its service, with the person's own token."""

    token: str
    name: str = "iucn"
    pause_s: float = 1.0

    def ask(self, taxon: Taxon, ids: Mapping[str, str]) -> Reply:
        """Find the newest global assessment of a species."""
        genus, _, epithet = taxon.scientific_name.partition(" ")
        if taxon.rank is not Rank.SPECIES:
            return Reply(Lookup.UNKNOWN)
        with _network("the IUCN Red List"):
            found = self._get("taxa/scientific_name", {"genus_name": genus, "species_name": epithet})
            if found is None:
                return Reply(Lookup.UNKNOWN)
            latest = [
                one
                for one in found["assessments"]
                if one["latest"] and any(str(scope["code"]) == "1" for scope in one.get("scopes", ()))
            ]
            if not latest:
                return Reply(Lookup.UNKNOWN)
            newest = max(latest, key=lambda one: int(one["year_published"]))
            details = self._get(f"assessment/{newest['assessment_id']}", {}) or {}
            name = str(found["taxon"]["scientific_name"])
            payload = {
                "name": name, "iucn": newest["red_list_category_code"], "year": int(newest["year_published"]),
                "trend": (((details.get("population_trend") or {}).get("description") or {}).get("en")),
                "citation": details.get("citation"), "link": newest["url"],
            }  # fmt: skip
        return Reply(Lookup.FOUND if name == taxon.scientific_name else Lookup.DOUBTFUL, payload)

    def _get(self, path: str, query: Mapping[str, str]) -> Any:
        import requests

        answer = requests.get(
            f"https://api.iucnredlist.org/api/v4/{path}", params=query, timeout=TIMEOUT_S,
            headers={"Authorization": self.token},
        )  # fmt: skip
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()


def _library(name: str, part: str | None = None) -> ModuleType:
    import importlib

    try:
        return importlib.import_module(f"{name}.{part}" if part else name)
    except ImportError as error:
        raise RefreshError(f"this needs the package {name}: pip install -r requirements-extra.txt") from error


class _network:
    """Turn whatever a client raises, be it the network or an answer of another shape, into one error."""

    def __init__(self, who: str) -> None:
        self._who = who

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, RefreshError) or not isinstance(error, Exception):
            return
        if isinstance(error, KeyError | TypeError | ValueError | AttributeError) and not hasattr(
            error, "request"
        ):
            raise RefreshError(
                f"{self._who} answered in a form that Fieldmark does not know: {error!r}"
            ) from error
        response = getattr(error, "response", None)
        code = getattr(response, "status_code", None)
        if code in (401, 403):
            raise RefreshError(f"{self._who} refused the token or the request ({code})") from error
        busy = RefreshError(f"{self._who} gave no answer: {error}")
        wait = (getattr(response, "headers", None) or {}).get("Retry-After", "")
        busy.retry_after_s = float(wait) if wait.isdigit() else (5.0 if code == 429 else None)
        raise busy from error
