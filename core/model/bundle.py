"""A model is a folder: weights, and everything needed to use them correctly.

    model.safetensors   weights, nothing executable
    model.json          architecture, preprocessing, classes, taxonomy, calibration, metrics, licence
    README.md           the model card for people

Nothing is guessed from a name and no pickle is read.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.decision import Calibration
from core.errors import BundleError, TaxonomyError
from core.taxonomy import FLAGS, Taxonomy

FORMATS = (1, 2, 3)  # 2 added `head`, prior and rank temperatures; 3 added `runtime` and `outputs`
WEIGHTS, DESCRIPTION, CARD = "model.safetensors", "model.json", "README.md"
WEIGHT_FILES = {"timm": WEIGHTS, "open_clip": WEIGHTS, "onnx": "model.onnx"}  # by runtime


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a photo becomes network input.

    Attributes:
        size: Side of the square input in pixels.
        fit: `"crop"` or `"squash"`, see `core.model.preprocess.fit`.
        crop_share: For `"crop"`, the share of the shorter side that is kept, in (0, 1].
        mean, std: Per RGB channel, of pixels scaled to 0-1.
    """

    size: int
    fit: Literal["crop", "squash"]
    crop_share: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model's description, without its weights.

    Attributes:
        head: What follows the backbone; empty for one linear layer, else the fields of a `HeadSpec`.
        classes: Class names in the order of the network's outputs: taxon ids, and labels of `FLAGS`.
        taxonomy: The tree over the classes that are taxa.
        weights_sha256: Hash of `model.safetensors`; the model's identity.
        files: Hash of every further file that the model is served with, by name.
        runtime: What the network runs in: one of `WEIGHT_FILES`.
        outputs: For models of other people: the taxon, of any rank, or flag that each output of the network
            speaks of; empty where the outputs are the classes.
        metrics, training, licence: Written by training, shown in the app; not used to predict.
    """

    name: str
    version: str
    architecture: str
    options: Mapping[str, Any]
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    taxonomy: Taxonomy
    calibration: Calibration
    weights_sha256: str
    licence: str
    head: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    runtime: str = "timm"
    outputs: tuple[str, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def weights_path(self) -> Path:
        """Where the weights are.

        Raises:
            BundleError: The bundle was never written or read.
        """
        if self.folder is None:
            raise BundleError("this model has no folder yet")
        return self.folder / WEIGHT_FILES[self.runtime]

    @property
    def label(self) -> str:
        """Name, version and the start of the weights' hash, for people and logs."""
        return f"{self.name} {self.version} ({self.weights_sha256[:8]})"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Write `model.json` beside the weights, which must already be there and match the hash.

    Raises:
        BundleError: The weights are missing or others than described.
    """
    weights = folder / WEIGHT_FILES[bundle.runtime]
    if not weights.is_file() or file_sha256(weights) != bundle.weights_sha256:
        raise BundleError(f"{weights} is not the file that {bundle.name} describes")
    record = {
        "format": FORMATS[-1],
        "name": bundle.name,
        "version": bundle.version,
        "architecture": bundle.architecture,
        "options": dict(bundle.options),
        "head": dict(bundle.head),
        "runtime": bundle.runtime,
        "preprocessing": asdict(bundle.preprocessing),
        "calibration": asdict(bundle.calibration),
        "weights_sha256": bundle.weights_sha256,
        "files": dict(bundle.files),
        "taxonomy_sha256": bundle.taxonomy.sha256(),
        "licence": bundle.licence,
        "training": dict(bundle.training),
        "metrics": dict(bundle.metrics),
        "classes": list(bundle.classes),
        "outputs": list(bundle.outputs),
        "taxonomy": bundle.taxonomy.to_records(),
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def read_bundle(folder: Path, *, verify: bool = True) -> Bundle:
    """Read a model's description and check that the folder is whole.

    Args:
        folder: Holds `model.json` and `model.safetensors`.
        verify: Hash the weights and compare; costs some 10 ms for a small model.

    Raises:
        BundleError: A file is missing, of an unknown format, or contradicts another.
    """
    if not (folder / DESCRIPTION).is_file():
        raise BundleError(f"{folder} is not a Fieldmark model: {DESCRIPTION} is missing")
    try:
        record = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        if record["format"] not in FORMATS:
            raise BundleError(f"{folder}: model format {record['format']} needs a newer Fieldmark")
        if (runtime := record.get("runtime", "timm")) not in WEIGHT_FILES:
            raise BundleError(f"{folder}: a model that runs in {runtime!r} needs a newer Fieldmark")
        if not (folder / WEIGHT_FILES[runtime]).is_file():
            raise BundleError(f"{folder} is not a Fieldmark model: {WEIGHT_FILES[runtime]} is missing")
        preprocessing = dict(record["preprocessing"])
        preprocessing.update({key: tuple(preprocessing[key]) for key in ("mean", "std")})
        bundle = Bundle(
            name=record["name"],
            version=record["version"],
            architecture=record["architecture"],
            options=record["options"],
            head=record.get("head", {}),
            files=record.get("files", {}),
            runtime=runtime,
            outputs=tuple(record.get("outputs", ())),
            preprocessing=Preprocessing(**preprocessing),
            classes=tuple(record["classes"]),
            taxonomy=Taxonomy.from_records(record["taxonomy"]),
            calibration=Calibration.from_record(record["calibration"]),
            weights_sha256=record["weights_sha256"],
            licence=record["licence"],
            training=record["training"],
            metrics=record["metrics"],
            folder=folder,
        )
        _check(bundle, record["taxonomy_sha256"], verify=verify)
    except (ValueError, KeyError, TypeError, TaxonomyError) as error:
        raise BundleError(f"{folder / DESCRIPTION} cannot be used: {error!r}") from error
    return bundle


def _check(bundle: Bundle, taxonomy_sha256: str, *, verify: bool) -> None:
    if bundle.taxonomy.sha256() != taxonomy_sha256:
        raise BundleError(f"{bundle.name}: the taxonomy was changed after the model was made")
    bundle.taxonomy.leaf_columns(bundle.classes)
    if strays := [c for c in bundle.classes if c not in FLAGS and c not in bundle.taxonomy]:
        raise BundleError(f"{bundle.name}: classes outside its taxonomy: {', '.join(strays[:5])}")
    if strays := [o for o in bundle.outputs if o not in bundle.classes and o not in bundle.taxonomy]:
        raise BundleError(f"{bundle.name}: outputs of unknown taxa: {', '.join(strays[:5])}")
    for name, sha256 in {bundle.weights_path.name: bundle.weights_sha256, **bundle.files}.items():
        path = bundle.weights_path.with_name(name)
        if path.parent != bundle.folder or not path.is_file():
            raise BundleError(f"{bundle.folder} is not whole: {name} is missing")
        if verify and file_sha256(path) != sha256:
            raise BundleError(f"{path} was changed or damaged; copy the model again")
