"""The service: a model of ours becomes a folder that other programs load, and says how far they answer the same.

config.json, model.safetensors   for timm, and so for the Hugging Face hub
model.onnx, model.txt            the whole network and its labels
addaxai/                         a model pack that AddaxAI registers
fieldmark/                       the model folder itself, with calibration and taxonomy
README.md                        the model card
"""

import csv
import io
import json
import os
import runpy
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml
from numpy.typing import NDArray

from core.errors import BundleError
from core.evaluation.card import card_text
from core.model import Bundle
from core.model.bundle import CARD
from core.taxonomy import FLAGS, Rank

if TYPE_CHECKING:
    from core.model.export import Agreement
    from core.model.network import Network

RANKS = (Rank.CLASS, Rank.ORDER, Rank.FAMILY, Rank.GENUS, Rank.SPECIES)  # columns of AddaxAI's table
ADDAXAI = Path(__file__).resolve().parent.parent / "assets" / "publish" / "inference.py"


@dataclass(frozen=True, slots=True)
class Published:
    """A published folder.

    Attributes:
        statements: How far each form answers as we do, one sentence a form.
    """

    folder: Path
    statements: tuple[str, ...]


def publish(bundle: Bundle, folder: Path, pixels: NDArray[np.float32]) -> Published:
    """Write a folder, whole or not at all.

    Args:
        pixels: Shape `(n, 3, size, size)`: preprocessed photos on which the forms are compared.

    Raises:
        BundleError: The folder holds something already, or the model was made by others.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BundleError(f"{folder} is not empty; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".publish-") as temporary:
        part = Path(temporary) / "part"
        part.mkdir()
        statements = _fill(bundle, part, pixels)
        (part / CARD).write_text(readme(bundle, statements), encoding="utf-8")
        for path in part.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)  # safetensors lets nobody else read its files
        if folder.exists():
            folder.rmdir()
        os.replace(part, folder)
    return Published(folder, statements)


def _fill(bundle: Bundle, folder: Path, pixels: NDArray[np.float32]) -> tuple[str, ...]:
    from core.model import export

    network = export.network_of(bundle)
    names = english_names(bundle)
    whole = export.write_timm(bundle, network, folder, labels_of(bundle), names)
    stem = bool(bundle.options.get(export.LINEAR_STEM))
    found = export.timm_agreement(network, folder, pixels, whole=whole, linear_stem=stem)
    what = (
        "logits" if whole else "features (its head is no linear layer, so timm gets the network without it)"
    )
    line = f", after one line that timm has no setting for: `{export.STEM_LINE}`" if stem else ""
    statements = [f"timm gives our {what}{line}: {_in_words(found)}."]
    if stem:
        bare = export.timm_agreement(network, folder, pixels, whole=whole, linear_stem=False)
        statements.append(f"Without that line timm computes another network: {_in_words(bare)}.")
    try:
        export.write_onnx(network, folder / "model.onnx", bundle.preprocessing.size)
        found = export.onnx_agreement(network, folder / "model.onnx", pixels)
    except BundleError as error:
        (folder / "model.onnx").unlink(missing_ok=True)
        statements.append(f"There is no ONNX file: {error}.")
    else:
        (folder / "model.txt").write_text("\n".join(labels_of(bundle)) + "\n", encoding="utf-8")
        statements.append(f"The ONNX file gives our logits: {_in_words(found)}.")
    try:
        found = write_addaxai(bundle, network, folder / "addaxai", pixels)
    except BundleError as error:
        shutil.rmtree(folder / "addaxai")
        statements.append(f"There is nothing for AddaxAI: {error}.")
    else:
        statements.append(f"AddaxAI's form gives our logits: {_in_words(found)}.")
    assert bundle.folder is not None  # it was read from one
    shutil.copytree(bundle.folder, folder / "fieldmark")
    return tuple(statements)


def _in_words(found: object) -> str:
    record = asdict(found)  # type: ignore[call-overload]
    return (
        f"largest difference {record['largest']:.1e}, the same first class on "
        f"{round(record['same_first'] * record['photos'])} of {record['photos']} photos"
    )


def labels_of(bundle: Bundle) -> list[str]:
    """Return a name for each output: scientific names, and flags as they are."""
    return [name if name in FLAGS else bundle.taxonomy.get(name).scientific_name for name in bundle.classes]


def english_names(bundle: Bundle) -> dict[str, str]:
    """Return what the labels are called in English."""
    taxa = [bundle.taxonomy.get(name) for name in bundle.classes if name not in FLAGS]
    return {taxon.scientific_name: taxon.display_name for taxon in taxa}


def write_addaxai(
    bundle: Bundle, network: "Network", folder: Path, pixels: NDArray[np.float32]
) -> "Agreement":
    """Write a model pack that AddaxAI registers, and ask it as AddaxAI does.

    Raises:
        BundleError: The head cannot be written for others.
    """
    from core.model import export

    folder.mkdir()
    described = {
        "labels": labels_of(bundle), "preprocessing": asdict(bundle.preprocessing),
        "temperature": bundle.calibration.temperature, **export.write_plain(bundle, network, folder),
    }  # fmt: skip
    shutil.copyfile(ADDAXAI, folder / "inference.py")
    (folder / "taxonomy.csv").write_text(addaxai_taxonomy(bundle), encoding="utf-8")
    (folder / "network.json").write_text(json.dumps(described, indent=1), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(addaxai_manifest(bundle), indent=1), encoding="utf-8")
    theirs = runpy.run_path(str(folder / "inference.py"))["ModelInference"](
        folder, folder / "model.safetensors"
    )
    return export.logits_agreement(network, theirs.logits, pixels)


def addaxai_taxonomy(bundle: Bundle) -> str:
    """Return AddaxAI's `taxonomy.csv`: a line for each label, in small letters, the species without its genus."""
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["model_class", *(rank.label for rank in RANKS)])
    for name, label in zip(bundle.classes, labels_of(bundle), strict=True):
        at: dict[Rank, str] = {}
        if name not in FLAGS:
            at = {taxon.rank: taxon.scientific_name.lower() for taxon in bundle.taxonomy.lineage(name)}
            at[Rank.SPECIES] = at[Rank.SPECIES].split()[-1]
        table.writerow([label, *(at.get(rank, "") for rank in RANKS)])
    return buffer.getvalue()


def addaxai_manifest(bundle: Bundle) -> Mapping[str, object]:
    """Return AddaxAI's `manifest.json`.

    Our networks learn from whole photos, so it asks for whole photos (`full_image_cls`) instead of what a detector cuts out.
    """
    return {
        "model_id": f"{bundle.name}-{bundle.version}".replace(" ", "-"), "friendly_name": bundle.label, "emoji": "🐾",
        "type": "classification", "env": "pytorch", "model_fname": "model.safetensors", "hf_repo": None,
        "full_image_cls": True,
        "description": f"{len(bundle.taxonomy.leaves)} species; see README.md for what it learnt from and where it fails",
        "developer": bundle.name, "citation": None, "license": bundle.licence, "info_url": "", "min_app_version": "0.1.0",
        "species_list": labels_of(bundle),
    }  # fmt: skip


def readme(bundle: Bundle, statements: tuple[str, ...]) -> str:
    """Return the model card with the head that the Hugging Face hub reads, and how to load the model."""
    head = {
        "library_name": "timm", "pipeline_tag": "image-classification", "license": "other", "license_name": bundle.licence,
        "tags": ["image-classification", "timm", "wildlife", "camera-trap", "biology"],
    }  # fmt: skip
    said = "\n".join(f"- {statement}" for statement in statements)
    from core.model.export import LINEAR_STEM, STEM_LINE

    line = f"\n    {STEM_LINE}" if bundle.options.get(LINEAR_STEM) else ""
    return f"""---
{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---

{card_text(bundle)}
## How to load it

    import timm, torch
    model = timm.create_model("local-dir:FOLDER", pretrained=True).eval(){line}

{said}

These logits are not calibrated. Fieldmark divides them by a temperature, corrects for how common species were in training, and stops
at the rank that it can stand behind; other programs do none of that. `fieldmark/` is the model folder for Fieldmark
(`models add`). `addaxai/` is a model pack: in AddaxAI, choose *Manage custom models* and this folder.
"""
