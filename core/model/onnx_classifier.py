"""Networks in the ONNX format; the only module that imports onnxruntime, which is optional."""

from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BundleError
from core.model.batched import Array, BatchedClassifier
from core.model.bundle import Bundle

_ADVICE = "this model needs onnxruntime: pip install onnxruntime (it is in requirements-extra.txt)"


def open_session(path: Path) -> Any:
    """Return an onnxruntime session on the CPU, or on CUDA where that build is installed.

    Raises:
        BundleError: onnxruntime is not installed, or the file is no network.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise BundleError(_ADVICE) from error
    onnxruntime.set_default_logger_severity(3)
    wanted = [
        p
        for p in onnxruntime.get_available_providers()
        if p in ("CUDAExecutionProvider", "CPUExecutionProvider")
    ]
    try:
        return onnxruntime.InferenceSession(path, providers=wanted)
    except Exception as error:  # onnxruntime raises a class of its own for each way a file can be bad
        raise BundleError(f"{path} is no ONNX network: {str(error).splitlines()[0]}") from error


def probe(path: Path, size: int) -> dict[str, Any]:
    """Return how to ask a network that takes one image and gives one row of scores.

    Returns:
        `outputs`: how many scores; `options` for the bundle: names of input and output, whether colours come
        last, whether the scores are probabilities already.

    Raises:
        BundleError: It takes or gives something else.
    """
    session = open_session(path)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape
    if len(inputs) != 1 or len(shape) != 4 or 3 not in (shape[1], shape[3]):
        raise BundleError(f"{path} must take one batch of images with three colours, not {shape}")
    options = {"input": inputs[0].name, "output": outputs[0].name, "colours_last": shape[1] != 3}
    noise = np.random.default_rng(0).normal(0, 1, (1, 3, size, size)).astype(np.float32)
    try:
        found = _run(session, options, noise)
    except Exception as error:
        raise BundleError(
            f"{path} cannot look at an image of {size} pixels: {str(error).splitlines()[0]}"
        ) from error
    if found.ndim != 2:
        raise BundleError(f"{path} must give one row of scores, not the shape {found.shape}")
    sums_up = bool(abs(found.sum() - 1) < 1e-3 and found.min() >= 0)
    return {"outputs": found.shape[1], "options": options | {"probabilities": sums_up}}


def _run(session: Any, options: Any, batch: Array) -> Array:
    pixels = batch.transpose(0, 2, 3, 1) if options["colours_last"] else batch
    return np.asarray(session.run([options["output"]], {options["input"]: pixels})[0], np.float32)


class OnnxClassifier(BatchedClassifier):
    """A bundle whose network is an ONNX file."""

    def __init__(self, bundle: Bundle) -> None:
        """Open the file.

        Raises:
            BundleError: onnxruntime is missing, or the file is damaged.
        """
        super().__init__(bundle, batch_size=1)  # many files fix the batch; onnxruntime uses all cores for one
        self._session = open_session(bundle.weights_path)

    def look(self, batch: Array) -> tuple[Array, Array]:
        """Return raw scores `(n, 1, outputs)`, and features of no width."""
        found = _run(self._session, self.bundle.options, batch)
        if self.bundle.options["probabilities"]:
            found = np.log(np.maximum(found, 1e-12))
        return found[:, None], np.empty((len(batch), 0), np.float32)
