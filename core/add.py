"""The service: a model of other people becomes a model folder of ours."""

import csv
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.decision import Calibration
from core.errors import BundleError
from core.evaluation.card import write_card
from core.model import Bundle, read_bundle, write_bundle
from core.model.bundle import CARD, DESCRIPTION, WEIGHT_FILES, file_sha256
from core.model.hub import CLIP_CONFIG, NC_NOTE, SCHEME, forbids_commerce, locate, read_licence
from core.model.loading import try_model
from core.model.matching import LabelMatch, match_labels
from core.model.sources import copy_timm_weights, read_clip, read_onnx, read_timm
from core.taxonomy import FLAGS, OTHER, Taxonomy

TARGET = 0.65  # where SpeciesNet's roll-up stops; nobody has calibrated this model yet
MATCHES = "labels.csv"
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class AddedModel:
    """A model that was added.

    Attributes:
        matches: What was made of each label; none for a model of Fieldmark.
    """

    bundle: Bundle
    matches: tuple[LabelMatch, ...]

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Labels that mean nothing that we know."""
        return tuple(match.label for match in self.matches if match.meaning is None)


def add_model(
    source: str,
    taxonomy: Taxonomy,
    into: Path,
    *,
    name: str | None = None,
    labels: Path | None = None,
    input_size: int | None = None,
    on_progress: Report = lambda what, done, total: None,
    endpoint: str | None = None,
) -> AddedModel:
    """Fetch a model if need be, match its labels with the tree, and install it as a folder.

    Args:
        source: `"hf-hub:owner/name"`, a folder (timm, transformers' TimmWrapper, open_clip, Fieldmark), or an
            `.onnx` file.
        taxonomy: What labels can mean; labels that spell out their lineage bring further species.
        into: Folder of the user's models.
        name: Of the new folder; by default made of the source.
        labels: A name for each output; for a zero-shot model the taxa that it shall know, by default all species.
        input_size: Side of an ONNX network's input in pixels, where it does not say so itself.
        on_progress: Told what is done, how much of it, and of how much.

    Raises:
        BundleError: The model cannot be fetched or read, has no labels, or none that we know; or the name is taken.
    """
    folder_name = name or _name_of(source)
    target = into / folder_name
    if target.exists():
        raise BundleError(f"there is a model {folder_name!r} already; give this one another name with --name")
    found = locate(
        source, on_bytes=lambda done, total: on_progress("fetching", done, total), endpoint=endpoint
    )
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=into) as place:
        part = Path(place) / "model"
        if found.is_dir() and (found / DESCRIPTION).is_file():
            _copy_whole(read_bundle(found), part)
            try_model(read_bundle(part))
            matches: tuple[LabelMatch, ...] = ()
        else:
            part.mkdir()
            matches = _convert(found, part, folder_name, source, taxonomy, labels, input_size, on_progress)
        os.replace(part, target)
    return AddedModel(read_bundle(target), matches)


def _copy_whole(bundle: Bundle, part: Path) -> None:
    """Copy what a model of Fieldmark consists of; whatever else lies in its folder stays behind."""
    assert bundle.folder is not None
    part.mkdir()
    names = [DESCRIPTION, bundle.weights_path.name, *bundle.files]
    reports = [path.name for path in bundle.folder.glob("evaluation-*.json")]
    for name in [*names, CARD, *reports]:
        if (bundle.folder / name).is_file():
            shutil.copyfile(bundle.folder / name, part / name)


def _convert(
    found: Path, part: Path, name: str, source: str, taxonomy: Taxonomy, labels: Path | None, input_size: int | None,
    on_progress: Report,
) -> tuple[LabelMatch, ...]:  # fmt: skip
    if found.suffix == ".onnx":
        model = read_onnx(found, labels, input_size)
    elif (found / CLIP_CONFIG).is_file():
        model = read_clip(found, labels, taxonomy)
    elif found.is_dir():
        model = read_timm(found, labels)
    else:
        raise BundleError(f"{found} is neither a folder nor an .onnx file")
    matches, tree = match_labels(model.labels, taxonomy)
    outputs, classes, tree = _classes(matches, tree, source)
    files: dict[str, str] = {}
    weights = part / WEIGHT_FILES[model.runtime]
    if model.runtime == "open_clip":
        from safetensors.torch import save_file

        from core.model.clip_classifier import embed_classes

        shutil.copyfile(found / CLIP_CONFIG, part / CLIP_CONFIG)
        kept = [row for row, match in enumerate(matches) if match.meaning in tree]
        outputs = tuple(outputs[row] for row in kept)  # a sentence needs a taxon
        vectors = embed_classes(
            found, outputs, tree, on_progress=lambda done, total: on_progress("reading names", done, total)
        )
        save_file(vectors, weights)
        files[CLIP_CONFIG] = file_sha256(part / CLIP_CONFIG)
        classes = tuple(one for one in classes if one not in FLAGS)
    elif model.runtime == "onnx":
        shutil.copyfile(model.weights, weights)
        for extra in sorted(model.weights.parent.glob(f"{model.weights.name}*data")):
            shutil.copyfile(extra, part / extra.name)  # weights of large networks lie beside it
            files[extra.name] = file_sha256(part / extra.name)
    else:
        copy_timm_weights(model, weights)
    licence = read_licence(found if found.is_dir() else found.parent, dict(model.config), source)
    _write_matches(matches, part / MATCHES)
    files[MATCHES] = file_sha256(part / MATCHES)
    bundle = Bundle(
        name=name, version="added", architecture=model.architecture, options=model.options,
        preprocessing=model.preprocessing, classes=classes, taxonomy=tree,
        calibration=Calibration(1.0, TARGET, 0, 0.0), weights_sha256=file_sha256(weights),
        licence=f"{licence}. {NC_NOTE}" if forbids_commerce(licence) else licence,
        files=files, runtime=model.runtime, outputs=outputs,
        training={"source": source, "labels": len(matches), "matched": sum(m.meaning is not None for m in matches)},
        folder=part,
    )  # fmt: skip
    try_model(bundle)
    write_bundle(bundle, part)
    write_card(bundle, part)
    return matches


def _classes(
    matches: Sequence[LabelMatch], tree: Taxonomy, source: str
) -> tuple[tuple[str, ...], tuple[str, ...], Taxonomy]:
    """Return what each output means, the classes, and the smallest tree over them."""
    meant = {match.meaning for match in matches if match.meaning is not None}
    species = {leaf.id for name in meant if name in tree for leaf in tree.leaves_under(name)}
    if not species:
        few = ", ".join(repr(match.label) for match in matches[:5])
        raise BundleError(
            f"none of the {len(matches)} labels of {source} is a species that Fieldmark has a name for: {few}, ..."
        )
    outputs = tuple(match.meaning or OTHER for match in matches)
    flags = tuple(flag for flag in FLAGS if flag in outputs)
    small = tree.subtree(species)
    return outputs, tuple(leaf.id for leaf in small.leaves) + flags, small


def _write_matches(matches: Sequence[LabelMatch], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("label", "taxon", "found_by"))
        writer.writerows((match.label, match.meaning or "", match.how) for match in matches)


def _name_of(source: str) -> str:
    plain = source.removeprefix(SCHEME).split("@")[0].rstrip("/")
    words = Path(plain).name.removesuffix(".onnx") if not source.startswith(SCHEME) else plain.split("/")[-1]
    return re.sub(r"[^a-z0-9._-]+", "-", words.lower()).strip("-.") or "model"
