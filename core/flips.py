"""The service: photos of which a new model says something else than the old one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from core.errors import TrainingCancelled
from core.identify import identify
from core.model import Classifier
from core.store import Flip
from core.store.ledger import displayed_taxon

AT_ONCE = 64  # photos that one model looks at before the other does, so that both read them while they are in memory


def find_flips(
    photos: Sequence[Path],
    old: Classifier,
    new: Classifier,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Flip]:
    """Yield the photos to which two models give different answers; those that cannot be read are passed over.

    Raises:
        TrainingCancelled: `is_cancelled` said so; it is asked before every batch of either model.
    """
    for start in range(0, len(photos), AT_ONCE):
        chunk = photos[start : start + AT_ONCE]
        before, after = (_answers(chunk, model, is_cancelled) for model in (old, new))
        if is_cancelled():
            raise TrainingCancelled("cancelled while answers were compared")
        for sha256, answer in before.items():
            if sha256 in after and after[sha256] != answer:
                yield Flip(sha256, answer, after[sha256])
        on_progress(start + len(chunk), len(photos))


def _answers(
    photos: Sequence[Path], model: Classifier, is_cancelled: Callable[[], bool]
) -> Mapping[str, str | None]:
    found = identify(photos, model, is_cancelled=is_cancelled)
    return {item.sha256: displayed_taxon(item.answer) for item in found if item.answer and item.sha256}
