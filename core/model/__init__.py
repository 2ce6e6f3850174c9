"""From pixels to probabilities: networks, their preprocessing, and the folders they live in.

Importing this package does not import torch; its modules `backbones` and `torch_classifier` do.
"""

from core.model.bundle import Bundle, Preprocessing, read_bundle, write_bundle
from core.model.classifier import Classifier, Prediction

__all__ = [
    "Bundle",
    "Classifier",
    "Prediction",
    "Preprocessing",
    "read_bundle",
    "write_bundle",
]
