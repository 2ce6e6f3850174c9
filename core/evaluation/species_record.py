"""How reliable a model is for one species, for people who look at that species."""

from dataclasses import dataclass

from core.evaluation.report import Report

FEW_TO_JUDGE = 5  # photos; the interval says the rest
FEW_TO_LEARN = 10


@dataclass(frozen=True, slots=True)
class SpeciesRecord:
    """What became of the held-out photos of a species.

    Attributes:
        right, n: Photos named rightly, of how many.
        interval: 95 % interval of that share (Wilson, 1927), `None` without photos.
        n_train: Photos that the model learnt from, `None` if unknown.
        taken_for: Classes that its photos were taken for wrongly, with numbers, most first.
        taken_from: Classes whose photos were taken for it.
    """

    right: int
    n: int
    interval: tuple[float, float] | None
    n_train: int | None
    taken_for: tuple[tuple[str, int], ...]
    taken_from: tuple[tuple[str, int], ...]

    @property
    def is_hardly_known(self) -> bool:
        """Whether the model has seen too little of it to be trusted with it."""
        return self.n_train is not None and self.n_train < FEW_TO_LEARN


def species_record(report: Report, taxon: str) -> SpeciesRecord | None:
    """Return the record of one class, `None` if the model does not know it."""
    row = next((row for row in report.species if row.id == taxon), None)
    if row is None:
        return None
    confusion = next(c for c in reversed(report.confusions) if c.rank == "species")
    cells = [(confusion.taxa[t], confusion.taxa[g], count) for t, g, count in confusion.cells]
    return SpeciesRecord(
        right=sum(count for truth, guess, count in cells if truth == guess == taxon),
        n=row.n,
        interval=row.interval,
        n_train=row.n_train,
        taken_for=_most([(guess, n) for truth, guess, n in cells if truth == taxon != guess]),
        taken_from=_most([(truth, n) for truth, guess, n in cells if guess == taxon != truth]),
    )


def _most(pairs: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))
