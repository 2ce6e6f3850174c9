"""What a model says about labelled photos, before anything is scored: computed once, judged many times."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.decision import log_likelihoods, sharpen, softmax
from core.errors import MediaError
from core.media import load_photo
from core.model import Bundle, Classifier
from core.model.preprocess import fit, to_array
from core.training.manifest import LabelledPhoto

BATCH = 16
LEAST_SIDE = 320  # px; what `core.identify` decodes at
DECODERS = 2  # threads that read the next photos while the network looks at these


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Raw network output for `n` labelled photos, and what the manifest says about them.

    Attributes:
        photos: The rows of the manifest that could be read.
        sha256: Hash of each file.
        logits: Shape `(n, k)`, in the order of the model's classes.
        embeddings: Shape `(n, d)`.
        novelty: Shape `(n,)`: chance that the animal is none of the listed species; `None` if the model
            has no such score.
        novel_above: Novelty from which the app names no species.
        unreadable: Rows that could not be read, each with the code of its error.
    """

    photos: tuple[LabelledPhoto, ...]
    sha256: tuple[str, ...]
    logits: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    novelty: NDArray[np.float64] | None
    novel_above: float | None = None
    unreadable: tuple[tuple[LabelledPhoto, str], ...] = ()

    def probabilities(self, bundle: Bundle) -> NDArray[np.float64]:
        """Return calibrated probabilities, `(n, k)`, under which all classes are alike, as the app does."""
        c = bundle.calibration
        scores = softmax(log_likelihoods(self.logits, c))
        return sharpen(scores, bundle.taxonomy, bundle.classes, c.rank_temperatures)


def predict_photos(
    classifier: Classifier,
    photos: Sequence[LabelledPhoto],
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Predictions:
    """Look at every photo as `identify` does; files that cannot be read are set aside.

    Args:
        on_progress: Called with the number of photos done, and of all.
    """
    bundle = classifier.bundle
    kept: list[tuple[LabelledPhoto, str]] = []
    unreadable: list[tuple[LabelledPhoto, str]] = []
    logits = [np.empty((0, len(bundle.classes)), np.float32)]
    embeddings: list[NDArray[np.float32]] = []
    novelty: list[NDArray[np.float64]] = [np.empty(0)]
    for done, batch in _decoded(photos, bundle):
        readable = [(photo, array, sha256) for photo, array, sha256 in batch if array is not None]
        unreadable += [(photo, code) for photo, array, code in batch if array is None]
        if readable:
            found = classifier.predict([array for _, array, _ in readable])
            kept += [(photo, sha256) for photo, _, sha256 in readable]
            logits.append(found.logits)
            embeddings.append(found.embeddings)
            if classifier.novelty is not None:
                first = found.logits if found.experts is None else found.experts[:, 0]
                novelty.append(classifier.novelty.score(found.embeddings, first))
        on_progress(done, len(photos))
    return Predictions(
        photos=tuple(photo for photo, _ in kept),
        sha256=tuple(sha256 for _, sha256 in kept),
        logits=np.concatenate(logits),
        embeddings=np.concatenate(embeddings) if embeddings else np.empty((0, 0), np.float32),
        novelty=np.concatenate(novelty) if classifier.novelty is not None else None,
        novel_above=classifier.novelty.threshold if classifier.novelty is not None else None,
        unreadable=tuple(unreadable),
    )


Decoded = tuple[LabelledPhoto, NDArray[np.float32] | None, str]  # the text is a hash, or an error's code


def _decoded(photos: Sequence[LabelledPhoto], bundle: Bundle) -> Iterator[tuple[int, list[Decoded]]]:
    """Yield how many photos were read so far, and the next batch; one batch is read ahead."""
    spec = bundle.preprocessing

    def decode(photo: LabelledPhoto) -> Decoded:
        try:
            found = load_photo(photo.path, min_side=LEAST_SIDE)
        except MediaError as error:
            return photo, None, error.code
        return photo, to_array(fit(found.image, spec), spec), found.sha256

    starts = range(0, len(photos), BATCH)
    with ThreadPoolExecutor(DECODERS) as pool:
        ahead = [pool.submit(decode, photo) for photo in photos[:BATCH]]
        for start in starts:
            current = ahead
            ahead = [pool.submit(decode, photo) for photo in photos[start + BATCH : start + 2 * BATCH]]
            yield min(start + BATCH, len(photos)), [one.result() for one in current]
