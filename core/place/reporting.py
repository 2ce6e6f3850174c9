"""Whom to tell: `species_info/reporting.csv`, which anybody may edit."""

import csv
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import FormatError

CONCERNS = ("invasive", "wildlife", "any")


@dataclass(frozen=True, slots=True)
class Contact:
    """A place to report to.

    Attributes:
        country: ISO 3166-1 alpha-3, `""` for everywhere.
        region: ISO 3166-2, `""` for the whole country.
        concern: What it is for, one of `CONCERNS`.
    """

    country: str
    region: str
    concern: str
    name: str
    url: str


def read_contacts(path: Path) -> tuple[Contact, ...]:
    """Read the file; a missing one means that nobody is known.

    Raises:
        FormatError: A line lacks a column, has an unknown concern, or its link is no https address.
    """
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    contacts = []
    for line, row in enumerate(rows, start=2):
        try:
            contact = Contact(
                *(row[name].strip() for name in ("country", "region", "concern", "name", "url"))
            )
        except (KeyError, AttributeError) as error:
            raise FormatError(f"{path.name}, line {line}: the column {error} is missing") from error
        address = urlsplit(contact.url)
        if (
            address.scheme != "https"
            or not address.hostname
            or contact.concern not in CONCERNS
            or not contact.name
        ):
            raise FormatError(
                f"{path.name}, line {line}: give a name, a concern ({', '.join(CONCERNS)}) and an https link"
            )
        contacts.append(contact)
    return tuple(contacts)


def contacts_for(
    contacts: tuple[Contact, ...], country: str, concern: str, *, region: str = ""
) -> tuple[Contact, ...]:
    """Return whom to tell, the nearest first: region, country, everywhere."""
    fitting = [
        one
        for one in contacts
        if one.concern in (concern, "any") and one.country in (country, "") and one.region in (region, "")
    ]
    return tuple(sorted(fitting, key=lambda one: (not one.region, not one.country)))
