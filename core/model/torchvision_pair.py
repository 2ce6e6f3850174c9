"""Let torchvision's CUDA build be imported beside a CPU-only torch.

The two are released as a pair, but package registries carry only the CUDA build of torchvision. Its
compiled operators cannot load without torch's CUDA libraries, and then `import torchvision` (and so
timm) fails with "operator torchvision::nms does not exist" as it registers shape functions for
operators that were never defined. Fieldmark uses none of these operators, so their bare names are
enough. A matching pair defines them itself and is left alone.
"""

import importlib.util
import re
from pathlib import Path

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_library: torch.library.Library | None = None  # must stay alive, or the definitions vanish


def is_mismatched(torch_cuda: str | None, torchvision_build: str | None) -> bool:
    """Tell whether a CPU-only torch sits beside a torchvision built for CUDA.

    Args:
        torch_cuda: `torch.version.cuda`, `None` for a CPU-only build.
        torchvision_build: torchvision's full build version such as `"0.28.0+cu130"`, `None` if it
            is not installed.
    """
    return torch_cuda is None and torchvision_build is not None and "+cu" in torchvision_build


def torchvision_build() -> str | None:
    """Return the build version that torchvision recorded, without importing it."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return None
    record = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    found = re.search(r"__version__ = '([^']+)'", record)
    return found.group(1) if found else None


def mend() -> bool:
    """Define the missing operator names if, and only if, the pair is mismatched.

    Returns:
        Whether this call defined them.
    """
    global _library
    if _library is not None or not is_mismatched(torch.version.cuda, torchvision_build()):
        return False
    _library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS:
        _library.define(schema)  # type: ignore[no-untyped-call]
    return True
