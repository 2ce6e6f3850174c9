"""Zero-shot models such as BioCLIP; the only module that imports open_clip, which is optional.

Such a model was never trained on a list of classes: it compares the photo with a sentence about each taxon.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.errors import BundleError
from core.model import torchvision_pair
from core.model.batched import Array, BatchedClassifier
from core.model.bundle import Bundle
from core.model.torch_classifier import threads_for
from core.taxonomy import Rank, Taxonomy

CONFIG = "open_clip_config.json"
TEXTS = "texts"  # key of the sentences' vectors, beside those of the image tower
BATCH = 64  # sentences at a time
_ADVICE = "this model needs open_clip: pip install open_clip_torch (it is in requirements-extra.txt)"


def _open_clip() -> Any:
    torchvision_pair.mend()
    try:
        import open_clip
    except ImportError as error:
        raise BundleError(_ADVICE) from error
    return open_clip


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def sentences(taxon: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return what is said about a taxon: its lineage, as BioCLIP was trained (Stevens et al., 2024), and its name."""
    lineage = taxonomy.lineage(taxon)
    words = [t.scientific_name if t.rank < Rank.SPECIES else t.scientific_name.split()[-1] for t in lineage]
    name = lineage[-1].common_name
    formal = f"a photo of {' '.join(words)}"
    if name is None:
        return (f"{formal}.", f"a photo of {lineage[-1].scientific_name}.")
    return (f"{formal} with common name {name}.", f"a photo of a {name}.")


def embed_classes(
    folder: Path,
    classes: Sequence[str],
    taxonomy: Taxonomy,
    *,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, torch.Tensor]:
    """Return what a bundle of a zero-shot model stores: the image tower, and a vector for each class.

    Args:
        folder: In the layout of the hub: `open_clip_config.json` and `open_clip_model.safetensors`.
        classes: Taxa of any rank.

    Raises:
        BundleError: open_clip is missing or cannot load the folder.
    """
    library = _open_clip()
    try:
        model = library.create_model(f"local-dir:{folder}").eval()
        tokenize = library.get_tokenizer(f"local-dir:{folder}")
    except Exception as error:  # configurations fail in many ways
        raise BundleError(f"open_clip cannot load {folder}: {str(error).splitlines()[0]}") from error
    vectors = []
    for start in range(0, len(classes), BATCH):
        said = [sentences(name, taxonomy) for name in classes[start : start + BATCH]]
        with torch.inference_mode():
            found = model.encode_text(tokenize([text for texts in said for text in texts]), normalize=True)
        means = torch.stack([part.mean(dim=0) for part in found.split([len(texts) for texts in said])])
        vectors.append(torch.nn.functional.normalize(means, dim=-1))
        on_progress(min(start + BATCH, len(classes)), len(classes))
    scale = model.logit_scale.detach().exp()
    tower = {f"visual.{key}": value.contiguous() for key, value in model.visual.state_dict().items()}
    return tower | {TEXTS: (torch.cat(vectors) * scale).contiguous()}


class ClipClassifier(BatchedClassifier):
    """A zero-shot model whose sentences are vectors already."""

    def __init__(self, bundle: Bundle, *, device: str | None = None, batch_size: int = 16) -> None:
        """Load the image tower.

        Raises:
            BundleError: open_clip is missing, or the weights do not fit.
        """
        super().__init__(bundle, batch_size=batch_size)
        library = _open_clip()
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        try:
            weights = load_file(bundle.weights_path)
            self._texts = weights.pop(TEXTS).to(self.device)
            with _quiet():  # it warns that no weights were loaded; they are, one line on
                model = library.create_model(f"local-dir:{bundle.weights_path.parent}", load_weights=False)
            tower = model.visual
            tower.load_state_dict({key.removeprefix("visual."): value for key, value in weights.items()})
        except (OSError, LookupError, RuntimeError, SafetensorError) as error:
            raise BundleError(f"{bundle.weights_path} does not fit {CONFIG}: {error}") from error
        self._tower = tower.to(self.device).eval()

    def look(self, batch: Array) -> tuple[Array, Array]:
        """Return how well each sentence fits, `(n, 1, outputs)`, and features `(n, d)`."""
        with torch.inference_mode(), threads_for(len(batch)):
            found = self._tower(torch.from_numpy(batch).to(self.device))
            features = torch.nn.functional.normalize(found, dim=-1)
            scores = features @ self._texts.T
        return scores[:, None].float().cpu().numpy(), np.asarray(features.float().cpu().numpy())
