"""The one way from a bundle to something that scores photos."""

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
