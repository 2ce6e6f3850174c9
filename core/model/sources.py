"""Reading somebody else's model: which network, which labels, which preprocessing."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from core.errors import BundleError
from core.model.bundle import WEIGHTS, Preprocessing
from core.model.hub import CLIP_CONFIG, CONFIG, safe_weights
from core.model.onnx_classifier import open_session, probe
from core.taxonomy import Taxonomy

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, timm's default
_WRAPPER = "timm_model."  # before every name in what transformers saves of a timm network


@dataclass(frozen=True, slots=True)
class Source:
    """A network with labels, found in a folder or a file.

    Attributes:
        weights: The file with the weights.
        labels: A name for each output, in order.
    """

    runtime: str
    architecture: str
    options: Mapping[str, Any]
    preprocessing: Preprocessing
    weights: Path
    labels: tuple[str, ...]
    config: Mapping[str, Any]


def read_timm(folder: Path, labels: Path | None) -> Source:
    """Read a folder that timm or transformers' TimmWrapper wrote.

    Args:
        labels: A file with a name for each output, where the folder has none; it wins over the folder's.

    Raises:
        BundleError: A file is missing or of another kind, or there are no labels.
    """
    config = read_json(folder / CONFIG)
    if not isinstance(config.get("architecture"), str):
        kind = config.get("model_type", "unknown")
        raise BundleError(
            f"{folder / CONFIG} names no timm architecture (model_type {kind!r}). Fieldmark loads timm networks, "
            "transformers' timm_wrapper, open_clip models and ONNX files; export others to ONNX"
        )
    cfg = {**config, **config.get("pretrained_cfg", {})}
    outputs = int(config.get("num_classes") or cfg.get("num_classes") or 0) or None
    preprocessing = _preprocessing(cfg)
    options = {
        key: value
        for key, value in config.get("model_args", {}).items()
        if key not in ("num_classes", "in_chans")  # the labels say how many, and photos have three colours
    }
    if config.get("global_pool"):
        options.setdefault("global_pool", config["global_pool"])
    if cfg.get("fixed_input_size"):
        options.setdefault("img_size", preprocessing.size)
    return Source(
        "timm", config["architecture"], options, preprocessing, safe_weights(folder, WEIGHTS),
        _labels(folder, config, labels, outputs), config,
    )  # fmt: skip


def three(values: Sequence[float]) -> tuple[float, float, float]:
    """Return one number per colour."""
    red, green, blue = map(float, values)
    return red, green, blue


def _preprocessing(cfg: Mapping[str, Any]) -> Preprocessing:
    size = list(cfg.get("input_size", (3, 224, 224)))
    if len(size) != 3 or size[0] != 3 or size[1] != size[2]:
        raise BundleError(f"the model's input must be a square of three colours, not {size}")
    return Preprocessing(
        size=int(size[1]),
        fit="squash" if cfg.get("crop_mode") == "squash" else "crop",
        crop_share=min(1.0, float(cfg.get("crop_pct", 0.875))),
        mean=three(cfg.get("mean", _MEAN)),
        std=three(cfg.get("std", _STD)),
        interpolation="bilinear" if cfg.get("interpolation") == "bilinear" else "bicubic",
    )


def _labels(
    folder: Path, config: Mapping[str, Any], file: Path | None, outputs: int | None
) -> tuple[str, ...]:
    if file is not None:
        found = read_labels(file)
    else:
        given = config.get("label_names") or config.get("id2label")
        names = list(given.values()) if isinstance(given, dict) else given or []
        if not names or all(str(name).startswith("LABEL_") for name in names):
            raise BundleError(
                f"{folder} does not say what its outputs mean (no label_names or id2label in {CONFIG}). Write the names "
                "into a text file, one for each output in order, and give it with --labels"
            )
        try:
            found = label_list(given, outputs)
        except ValueError as error:
            raise BundleError(f"{folder / CONFIG}: {error}") from error
    if outputs is not None and len(found) != outputs:
        raise BundleError(
            f"{file or folder / CONFIG} names {len(found)} outputs, but the network has {outputs}"
        )
    return tuple(found)


def read_onnx(file: Path, labels: Path | None, input_size: int | None) -> Source:
    """Read an ONNX file; its labels are given, or lie beside it as a text file.

    Raises:
        BundleError: It is no such network, or there are no labels, or not as many as outputs.
    """
    names = labels or next(
        (p for p in (file.with_suffix(".txt"), file.with_name("labels.txt")) if p.is_file()), None
    )
    if names is None:
        raise BundleError(
            f"{file} does not say what its outputs mean. Write the names into a text file, one for each output in order, "
            "and give it with --labels"
        )
    shape = open_session(file).get_inputs()[0].shape
    sizes = [side for side in shape[1:] if isinstance(side, int) and side != 3]
    size = sizes[0] if sizes else input_size
    if size is None:
        raise BundleError(f"{file} takes images of any size; say with --input-size which it was trained on")
    asked = probe(file, size)
    found = read_labels(names)
    if len(found) != asked["outputs"]:
        raise BundleError(f"{names} names {len(found)} outputs, but the network has {asked['outputs']}")
    config = read_json(file.with_name("config.json")) if file.with_name("config.json").is_file() else {}
    cfg = config.get("pretrained_cfg", config)
    mean, std = three(cfg.get("mean", _MEAN)), three(cfg.get("std", _STD))
    spec = Preprocessing(size, "crop", float(cfg.get("crop_pct", 1.0)), mean, std)
    return Source("onnx", "onnx", asked["options"], spec, file, tuple(found), config)


def read_clip(folder: Path, names: Path | None, taxonomy: Taxonomy) -> Source:
    """Read an open_clip folder.

    Args:
        names: A file with the taxa that it shall know, a name or lineage a line; by default all species.

    Raises:
        BundleError: The configuration cannot be read.
    """
    config = read_json(folder / CLIP_CONFIG)
    given: dict[str, Any] = config.get("preprocess_cfg", {})
    model: dict[str, Any] = config.get("model_cfg", config)
    size = model.get("vision_cfg", {}).get("image_size", 224)
    spec = Preprocessing(
        size=size[0] if isinstance(size, list) else int(size),
        fit="squash" if given.get("resize_mode") == "squash" else "crop",
        crop_share=1.0,
        mean=three(given.get("mean", (0.48145466, 0.4578275, 0.40821073))),
        std=three(given.get("std", (0.26862954, 0.26130258, 0.27577711))),
        interpolation="bicubic",
    )
    labels = read_labels(names) if names else [leaf.scientific_name for leaf in taxonomy.leaves]
    weights = folder / "open_clip_model.safetensors"
    return Source("open_clip", "open_clip", {}, spec, weights, tuple(labels), config)


def copy_timm_weights(source: Source, target: Path) -> None:
    """Write the weights under timm's own names."""
    weights = load_file(source.weights)
    if any(name.startswith(_WRAPPER) for name in weights):
        save_file({name.removeprefix(_WRAPPER): value for name, value in weights.items()}, target)
    else:
        shutil.copyfile(source.weights, target)


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        BundleError: The file is missing or holds something else.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(
            f"{path.parent} is not a model that Fieldmark can add: {path.name} is missing"
        ) from None
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} cannot be read: {error}") from error
    if not isinstance(record, dict):
        raise BundleError(f"{path} must hold a JSON object")
    return record


def read_labels(path: Path) -> list[str]:
    """Read a name for each output: a line each, or a JSON list or object by number.

    Raises:
        BundleError: The file cannot be read, or a line or number is missing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
        if path.suffix != ".json":
            names = [line.strip() for line in text.splitlines()]
        else:
            names = label_list(json.loads(text))
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} cannot be read as labels: {error}") from error
    if not text or "" in names:
        line = names.index("") + 1 if text else 1
        raise BundleError(f"{path}, line {line}: a label is missing; write a name for each output, in order")
    return names


def label_list(labels: Any, outputs: int | None = None) -> list[str]:
    """Return labels in the order of the outputs, from a list or from an object by number.

    Numbers that an object leaves out get a name that matches nothing.

    Raises:
        ValueError: It is neither, or a key is no number of an output.
    """
    if isinstance(labels, list):
        return [str(label) for label in labels]
    if not isinstance(labels, dict):
        raise ValueError("labels must be a list, or an object by number")
    numbered = {int(key): str(label) for key, label in labels.items()}
    count = outputs or max(numbered, default=-1) + 1
    if strays := [number for number in numbered if not 0 <= number < count]:
        raise ValueError(f"label number {strays[0]} is not below {count}, the number of outputs")
    return [numbered.get(number, f"output {number}") for number in range(count)]
