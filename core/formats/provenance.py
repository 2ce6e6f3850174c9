"""What models did with a photo, in words."""

from collections.abc import Sequence

from core.store import Use
from core.training.selection import IN_WORDS, Exclusion

DID = {
    "train": "learnt from it",
    "val": "was chosen with its help, and did not learn from it",
    "test": "was judged on it, and did not learn from it",
}


def told(uses: Sequence[Use]) -> list[str]:
    """Return a sentence for every model and dataset that met a photo, oldest first."""
    lines = []
    for use in uses:
        names = [model.name for model in use.models] or ["no model yet"]
        if use.row.left_out:
            said = f"left it out: {IN_WORDS[Exclusion(use.row.left_out)]}"
        else:
            said = DID[use.row.split]
        label = use.row.taxon or "no animal"
        lines += [
            f"{name}: {said} (as {label}, {use.frozen_at:%Y-%m-%d}, dataset {use.manifest[:12]})"
            for name in names
        ]
    return lines or ["no model of this Fieldmark has learnt from this photo or was judged on it"]
