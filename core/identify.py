"""The service behind every door: photos in, identifications out."""

import hashlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.answering import answer_for, distribute, novelty_of, target_of
from core.decision import Answer, Distribution, log_likelihoods, sentence
from core.errors import MediaError
from core.media import DecodeLimits, MediaLibrary, MediaNote, Photo, decode_photo, display_name, read_file
from core.media.embeddings import EmbeddingStore
from core.media.files import deployment_name
from core.media.perceptual import perceptual_hash
from core.media.previews import Previews, reduced
from core.media.quality import quality_notes
from core.model import Bundle, Classifier
from core.model.preprocess import fit, to_array
from core.store import Ledger, ModelIdentity, PhotoHashes
from core.taxonomy import Taxonomy

log = logging.getLogger("fieldmark")
BATCH = 16  # photos per forward pass; more gains nothing on a CPU and costs memory
LEAST_SIDE = 320  # px; JPEGs are decoded no smaller, so that sharpness can still be judged


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo that came as bytes; `name` is for display and never a path."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Identification:
    """What became of one file: an answer, or the reason why there is none.

    Attributes:
        file: The name or path as given.
        sha256: `None` only if the file could not be read at all.
        photo: Facts of the photo; its image is reduced, or a single pixel if `keep_images` was off.
        notes: Remarks on the photo that could still be identified.
        model: Hash of the weights that looked at it.
        log_likelihood: Shape `(k,)`, float32: the scores of all classes before any prior, from which
            `core.adapt` answers anew.
        embedding: Shape `(d,)`: what the network saw; only while the photo is saved, and from `identify_one`.
        perceptual: See `core.media.perceptual`; only where photos are saved.
    """

    file: str
    sha256: str | None = None
    photo: Photo | None = None
    answer: Answer | None = None
    distribution: Distribution | None = None
    notes: tuple[MediaNote, ...] = ()
    error: MediaNote | None = None
    model: str = ""
    log_likelihood: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    embedding: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    perceptual: str = field(default="", compare=False)

    @property
    def novelty(self) -> float | None:
        """The chance that the animal is none of the listed species, `None` if nobody looked."""
        return self.answer.novelty if self.answer else None

    def without_image(self) -> "Identification":
        """Return the same without pixels, to be kept for long."""
        return replace(self, photo=_without_image(self.photo)) if self.photo else self


@dataclass(frozen=True, slots=True)
class Request:
    """How to identify.

    Attributes:
        target: Probability that an answer must reach; `None` for the model's own.
        error: Share of wrong answers that is accepted, instead of a target.
        min_side: Decode JPEGs to at least this shorter side in pixels.
        keep_images: Keep decoded images in the results; off for long runs, or memory grows.
    """

    target: float | None = None
    error: float | None = None
    top_k: int = 5
    limits: DecodeLimits = field(default_factory=DecodeLimits)
    min_side: int = LEAST_SIDE
    keep_images: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    """A file after decoding: pixels for the network, or the error."""

    file: str
    size: int = 0
    data: bytes | None = None
    sha256: str | None = None
    photo: Photo | None = None
    perceptual: str = ""
    pixels: NDArray[np.float32] | None = None
    notes: tuple[MediaNote, ...] = ()
    error: MediaNote | None = None


def identify(
    sources: Iterable[Path | Upload],
    classifier: Classifier,
    request: Request | None = None,
    *,
    save: Callable[[Identification, bytes], object] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Identification]:
    """Yield one identification per source, in order; one bad file never ends the run.

    Files are decoded in threads while the network works on the batch before; at most a few batches
    are in memory at any time, however many sources there are.

    Args:
        save: Called for every identified photo with the bytes of its file.
        is_cancelled: Asked before every batch; what is done by then stays done.
    """
    request = request or Request()
    with ThreadPoolExecutor(max_workers=max(1, os.cpu_count() or 1)) as pool:
        for batch in _batches(sources, pool, classifier.bundle, request, keep_bytes=save is not None):
            if is_cancelled():
                pool.shutdown(wait=False, cancel_futures=True)
                return
            for ready, identification in zip(batch, _classify(batch, classifier, request), strict=True):
                if save is not None and identification.answer is not None and ready.data is not None:
                    save(identification, ready.data)
                if not request.keep_images:
                    identification = identification.without_image()
                yield replace(identification, embedding=None)  # of a long run, many would be in memory


def identify_one(
    source: Path | Upload, classifier: Classifier, request: Request | None = None
) -> Identification:
    """Identify a single photo without threads."""
    request = request or Request()
    ready = _prepare(source, classifier.bundle, request, keep_bytes=False)
    return _classify([ready], classifier, request)[0]


def _batches(
    sources: Iterable[Path | Upload],
    pool: ThreadPoolExecutor,
    bundle: Bundle,
    request: Request,
    *,
    keep_bytes: bool,
) -> Iterator[list[_Ready]]:
    ahead: deque[Future[_Ready]] = deque()
    batch: list[_Ready] = []
    waiting = iter(sources)
    while True:
        while len(ahead) < 2 * BATCH and (source := next(waiting, None)) is not None:
            ahead.append(pool.submit(_prepare, source, bundle, request, keep_bytes=keep_bytes))
        if not ahead:
            break
        batch.append(ahead.popleft().result())
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _prepare(source: Path | Upload, bundle: Bundle, request: Request, *, keep_bytes: bool) -> _Ready:
    file = source.name if isinstance(source, Upload) else str(source)
    name = display_name(Path(file).name or file) or "unnamed"
    sha256 = None
    try:
        if isinstance(source, Upload):
            data = source.data
        else:
            data = read_file(source, max_bytes=request.limits.max_bytes)
        sha256 = hashlib.sha256(data).hexdigest()
        photo = decode_photo(data, name, min_side=request.min_side, limits=request.limits, sha256=sha256)
        spec = bundle.preprocessing
        square = fit(photo.image, spec)
        notes = photo.notes + quality_notes(photo.image)
    except MediaError as error:
        return _Ready(file, sha256=sha256, error=MediaNote(error.code, str(error)))
    except Exception:  # a defect of ours or of a decoder: worth a report, not the rest of the run
        log.exception("%s could not be prepared", name)
        note = MediaNote("unexpected", f"{name} made Fieldmark stumble; please report it with the log")
        return _Ready(file, sha256=sha256, error=note)
    perceptual = perceptual_hash(photo.image) if keep_bytes else ""
    if not request.keep_images:
        photo = replace(photo, image=reduced(photo.image)) if keep_bytes else _without_image(photo)
    kept = data if keep_bytes else None
    return _Ready(file, len(data), kept, sha256, photo, perceptual, to_array(square, spec), notes)


def _without_image(photo: Photo) -> Photo:
    return replace(photo, image=Image.new("RGB", (1, 1)))


def _classify(batch: Sequence[_Ready], classifier: Classifier, request: Request) -> list[Identification]:
    bundle = classifier.bundle
    pixels = [ready.pixels for ready in batch if ready.pixels is not None]
    prediction = classifier.predict(pixels)
    scores = log_likelihoods(prediction.logits, bundle.calibration)
    distributions = iter(distribute(scores, bundle))
    strangers = novelty_of(prediction, classifier)
    found = iter(zip(scores.astype(np.float32), strangers, prediction.embeddings, strict=True))
    target = target_of(bundle, target=request.target, error=request.error)
    results = []
    for ready in batch:
        if ready.pixels is None:
            results.append(Identification(ready.file, ready.sha256, error=ready.error))
            continue
        distribution, (score, novelty, embedding) = next(distributions), next(found)
        answer = answer_for(distribution, classifier, ready.notes, target, request.top_k, novelty)
        results.append(
            Identification(
                ready.file,
                ready.sha256,
                ready.photo,
                answer,
                distribution,
                ready.notes,
                model=bundle.weights_sha256,
                log_likelihood=score,
                embedding=embedding,
                perceptual=ready.perceptual,
            )
        )
    return results


def describe(item: Identification, taxonomy: Taxonomy) -> str:
    """Return the answer as a sentence, or what kept us from one."""
    if item.answer is not None:
        return sentence(item.answer, taxonomy)
    return item.error.message if item.error else "not identified"


def model_identity(bundle: Bundle) -> ModelIdentity:
    """Return what the ledger remembers of a model."""
    return ModelIdentity(
        weights_sha256=bundle.weights_sha256,
        name=bundle.name,
        version=bundle.version,
        architecture=bundle.architecture,
        taxonomy_sha256=bundle.taxonomy.sha256(),
        temperature=bundle.calibration.temperature,
    )


def save_to(
    ledger: Ledger,
    library: MediaLibrary,
    model: ModelIdentity,
    *,
    door: str,
    now: Callable[[], datetime],
    previews: Previews | None = None,
    embeddings: EmbeddingStore | None = None,
    hashes: PhotoHashes | None = None,
) -> Callable[[Identification, bytes], int | None]:
    """Return a `save` for `identify`: photo into library and ledger, prediction into the ledger.

    The returned function gives the id of the stored prediction.

    Args:
        previews: Where small copies are made at once, from what was decoded; decode large enough for them.
        embeddings, hashes: Where similar photos and near-duplicates will be looked for.
    """

    def save(identification: Identification, data: bytes) -> int | None:
        photo, answer = identification.photo, identification.answer
        if photo is None or answer is None:
            return None
        library.keep(data)
        if previews is not None and max(photo.image.size) > 1:
            previews.keep(photo.sha256, photo.image)
        deployment = deployment_name(identification.file) or photo.capture.camera
        ledger.add_photo(photo, size=len(data), door=door, at=now(), deployment=deployment)
        seen = identification.embedding
        if embeddings is not None and seen is not None and seen.size:  # an ONNX file shows none
            embeddings.add([photo.sha256], seen)
        if hashes is not None and identification.perceptual:
            hashes.add(photo.sha256, identification.perceptual)
        return ledger.add_prediction(photo.sha256, model, answer, at=now())

    return save
