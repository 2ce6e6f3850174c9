"""Photos with labels, as they travel, for the tests of every format."""

from datetime import UTC, datetime

from core.formats.exchange import ExchangeLabel, ExchangePhoto, Suggestion
from core.store import Box, Certainty, Details, HigherRankReason, LifeStage, Sex
from core.taxonomy import Rank, Taxon, Taxonomy

_NAMES = ["Animalia", "Chordata", "Mammalia", "Carnivora", "Felidae", "Panthera"]
TREE = Taxonomy(
    [
        *(
            Taxon(name.lower(), Rank(i), name, _NAMES[i - 1].lower() if i else None)
            for i, name in enumerate(_NAMES)
        ),
        Taxon("panthera-leo", Rank.SPECIES, "Panthera leo", "panthera", {"en": "Lion"}, ("Felis leo",)),
        Taxon("panthera-pardus", Rank.SPECIES, "Panthera pardus", "panthera", {"en": "Leopard"}),
    ]
)
WHEN = datetime(2026, 5, 1, 12, 30, 0, 250_000, tzinfo=UTC)
LION = ExchangeLabel(
    "panthera-leo", "ada", WHEN, HigherRankReason.NONE,
    Details(Certainty.PROBABLE, 3, Sex.FEMALE, LifeStage.ADULT, "resting|vigilant", "F7"), "by the river",
)  # fmt: skip
CAT = ExchangeLabel("felidae", "bob", WHEN, HigherRankReason.NOT_THE_SUGGESTED)
PHOTOS = (
    ExchangePhoto(
        "a" * 64, "cam 1/IMG_0001.JPG", 4000, 3000, "2025-03-04T05:06:00+03:00", "12", 2, "K04", (-1.25, 36.75),
        False, (Box(0.1, 0.2, 0.3, 0.4), Box(0.5, 0.5, 0.5, 0.5)), "ada",
        Suggestion("panthera-pardus", 0.875, "f" * 64), (LION,),
    ),
    ExchangePhoto("b" * 64, "=1+1.jpg", 640, 480, labels=(LION, CAT), boxes=(Box(0, 0, 1, 1),), boxes_by="bob"),
    ExchangePhoto("c" * 64, "c.jpg", 640, 480, person=True, labels=(ExchangeLabel(None, "ada", WHEN),)),
    ExchangePhoto("d" * 64, "d.jpg", 640, 480, suggestion=Suggestion(None, 0.5, "f" * 64)),
)  # fmt: skip
