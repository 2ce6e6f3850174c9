"""The one way from a bundle to something that scores photos."""

import numpy as np

from core.model.bundle import Bundle
from core.model.classifier import Classifier


def load_classifier(bundle: Bundle, *, device: str | None = None) -> Classifier:
    """Return the classifier of a bundle, whatever its network runs in.

    Args:
        device: A torch device; by default CUDA where there is one.

    Raises:
        BundleError: The weights do not fit, or an optional library is missing.
    """
    if bundle.runtime == "onnx":
        from core.model.onnx_classifier import OnnxClassifier

        return OnnxClassifier(bundle)
    if bundle.runtime == "open_clip":
        from core.model.clip_classifier import ClipClassifier

        return ClipClassifier(bundle, device=device)
    from core.model.torch_classifier import TorchClassifier

    return TorchClassifier(bundle, device=device)


def try_model(bundle: Bundle) -> None:
    """Let a model score noise once, so that what cannot work is refused before anybody relies on it.

    Raises:
        BundleError: The weights do not fit, what it says are no numbers, or an optional library is missing.
    """
    size = bundle.preprocessing.size
    noise = np.random.default_rng(0).normal(0, 1, (3, size, size)).astype(np.float32)
    load_classifier(bundle, device="cpu").predict([noise])
