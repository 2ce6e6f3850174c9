"""The answer as a sentence that a ranger would say."""

from core.decision.answer import Answer, Outcome
from core.decision.distribution import Candidate
from core.taxonomy import Rank, Taxon, Taxonomy

PROPER = frozenset(
    [
        "African",
        "Altamira",
        "Amazon",
        "American",
        "Andean",
        "Asian",
        "Baltimore",
        "Canada",
        "Cape",
        "Carolina",
        "Colombian",
        "European",
        "Gila",
        "Indian",
        "Japanese",
        "Komodo",
        "Malay",
        "New",
        "Nile",
        "Nilgiri",
        "Old",
        "Sumatran",
        "World",
    ]
)  # words of common names that keep their capital
SCENERY = {
    Outcome.BLANK: "No animal to be seen",
    Outcome.HUMAN: "A person",
    Outcome.VEHICLE: "A vehicle",
}
WORTH_NAMING = 0.05  # candidates below this are noise in a sentence


def percent(probability: float) -> str:
    """Return `"94 %"`; never claims 0 or 100 for what is only nearly so."""
    if probability > 0.99:
        return "> 99 %"
    if probability < 0.01:
        return "< 1 %"
    return f"{probability * 100:.0f} %"


def sentence(answer: Answer, taxonomy: Taxonomy) -> str:
    """Return one Markdown sentence without a full stop."""
    if answer.outcome in SCENERY:
        return f"{SCENERY[answer.outcome]}, {percent(answer.confidence)}"
    if answer.outcome is Outcome.IDENTIFIED and answer.taxon is not None:
        return f"{_named(answer.taxon)}, {percent(answer.confidence)}"
    guesses = _guesses(answer.candidates)
    if answer.novel and answer.blank < 0.5:
        return f"{_stranger(answer, taxonomy)}: most like {guesses}"
    if answer.outcome is Outcome.ROLLED_UP and answer.taxon is not None:
        return f"{group_phrase(answer.taxon, taxonomy)}, species unsure: {guesses}"
    if answer.blank >= 0.5:
        return f"Probably no animal ({percent(answer.blank)}), else {guesses}"
    if answer.taxon is None:
        return f"Fieldmark cannot say what this is: perhaps {guesses}"
    return f"An animal that Fieldmark cannot name with confidence: perhaps {guesses}"


def group_phrase(taxon: Taxon, taxonomy: Taxonomy) -> str:
    """Return "A cat of the genus *Panthera*", with the nearest word for one member of the group."""
    named = _nearest_noun(taxon, taxonomy)
    noun = named.noun if named and named.noun else "animal"
    article = "An" if noun[0] in "aeiou" else "A"
    if taxon.noun and taxon.rank is Rank.CLASS:
        return f"{article} {noun}"
    return f"{article} {noun} of the {taxon.rank.label} *{taxon.scientific_name}*"


def _nearest_noun(taxon: Taxon, taxonomy: Taxonomy) -> Taxon | None:
    return next((t for t in reversed(taxonomy.lineage(taxon.id)) if t.noun), None)


def _stranger(answer: Answer, taxonomy: Taxonomy) -> str:
    """Return what can be said of an animal that is probably none of the listed species."""
    if answer.outcome is not Outcome.ROLLED_UP or answer.taxon is None:
        return "Probably an animal that Fieldmark does not know"
    group = _nearest_noun(answer.taxon, taxonomy)
    known = f"of the {_in_sentence(group)} that" if group and group.common_name else "that"
    return f"{group_phrase(answer.taxon, taxonomy)}, but probably none {known} Fieldmark knows"


def _named(taxon: Taxon) -> str:
    if taxon.common_name is None:
        return f"*{taxon.scientific_name}*"
    return f"{taxon.common_name}, *{taxon.scientific_name}*"


def _guesses(candidates: tuple[Candidate, ...]) -> str:
    named = [c for c in candidates if c.probability >= WORTH_NAMING][:3] or list(candidates[:1])
    return ", ".join(f"{_in_sentence(c.taxon)} {percent(c.probability)}" for c in named)


def _in_sentence(taxon: Taxon) -> str:
    """Return a name as in running text: "leopard", "white-tailed deer", but "African civet"."""
    if taxon.common_name is None:
        return f"*{taxon.scientific_name}*"
    words = taxon.common_name.split()
    return " ".join(word if word in PROPER else word.lower() for word in words)
