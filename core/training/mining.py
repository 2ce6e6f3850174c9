"""Making empty frames of photos with animals, see `core.training.backgrounds` and `core.training.bursts`."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations, islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.media import load_photo
from core.model.backbones import feature_maps
from core.model.network import Network
from core.model.preprocess import fit, to_array
from core.model.tree_head import TreeHead
from core.taxonomy import BLANK
from core.training.backgrounds import activation, animal_box, beside, covered
from core.training.bursts import emptied
from core.training.manifest import LabelledPhoto
from core.training.task import Task

BATCH = 32
PAIRS = 60  # most pairs of frames that are compared within one group
STILL_SEEN = 0.02  # probability of the animal from which on a background is not empty


def mine_backgrounds(
    network: Network,
    task: Task,
    folder: Path,
    *,
    share: float,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[LabelledPhoto, ...]:
    """Make blank frames of training photos and return them as further training photos.

    Args:
        network: Its head must know the classes already; `network.head` is a tree head.
        folder: Where the frames are written; they are made anew if it does not hold a list of them.
        share: How many, as a share of the training photos; bursts come first, then other camera-trap frames.

    Returns:
        Nothing if the task has no class `BLANK`, or the backbone has no feature maps.
    """
    if BLANK not in task.classes or share <= 0 or not isinstance(network.head, TreeHead):
        return ()
    done = folder / "complete"
    if done.is_file():
        listed = done.read_text(encoding="utf-8").split()
        return tuple(_blank(folder / name, task.train) for name in listed)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, 3])
    shown = [photo for photo in task.train if photo.label in task.classes and photo.label != BLANK]
    wanted = int(share * len(task.train))
    traps = [photo for photo in shown if photo.kind == "camera_trap"]
    others = [photo for photo in shown if photo.kind != "camera_trap"]
    order = traps + [others[index] for index in rng.permutation(len(others))]
    batches = (order[start : start + BATCH] for start in range(0, len(order), BATCH))
    parts = (part for batch in batches for part in _empty_parts(network, task, batch, rng))
    names: list[str] = []
    for image in islice(chain(_emptied_bursts(traps), parts), wanted):
        names.append(f"{len(names):05}.png")
        image.save(folder / names[-1])
        on_progress(len(names), wanted)
    done.write_text("\n".join(names), encoding="utf-8")
    return tuple(_blank(folder / name, task.train) for name in names)


def _blank(path: Path, like: Sequence[LabelledPhoto]) -> LabelledPhoto:
    return replace(like[0], path=path, label=BLANK, group="", kind="background", source="backgrounds")


def _emptied_bursts(traps: Sequence[LabelledPhoto]) -> Iterator[Image.Image]:
    """Yield scenes of bursts without their animals.

    No network is asked whether these are empty: one that takes the scenery for the animal would say no to
    just those frames that it most needs.
    """
    groups: dict[str, list[LabelledPhoto]] = defaultdict(list)
    for photo in traps:
        if photo.group:
            groups[photo.group].append(photo)
    for photos in groups.values():
        frames = [load_photo(photo.path).image for photo in photos] if len(photos) > 1 else []
        for first, second in islice(combinations(frames, 2), PAIRS):
            yield from emptied(first, second) or ()


def _empty_parts(
    network: Network, task: Task, photos: Sequence[LabelledPhoto], rng: np.random.Generator
) -> list[Image.Image]:
    head = network.head
    assert isinstance(head, TreeHead)
    images = [load_photo(photo.path, min_side=task.spec.size).image for photo in photos]
    columns = task.targets(photos)
    maps = feature_maps(network.backbone, _stack(images, task, network))
    if maps is None:
        return []
    weights = (head.banks()[0] / head.spread[:, None]).detach().cpu().numpy()
    parts, owners = [], []
    for image, column, features in zip(images, columns, maps.float().cpu().numpy(), strict=True):
        box = animal_box(activation(features, weights[:, column]), *image.size)
        for part in () if box is None else (beside(image, box), covered(image, box, rng)):
            if part is not None:
                parts.append(part)
                owners.append(column)
    if not parts:
        return []
    with torch.inference_mode():
        seen = network(_stack(parts, task, network)).mean(dim=1).softmax(dim=-1)
    chance = seen[torch.arange(len(parts)), torch.tensor(owners)].cpu().numpy()
    return [part for part, value in zip(parts, chance, strict=True) if value < STILL_SEEN]


def _stack(images: Sequence[Image.Image], task: Task, network: Network) -> torch.Tensor:
    arrays: list[NDArray[np.float32]] = [to_array(fit(image, task.spec), task.spec) for image in images]
    device = next(network.parameters()).device
    return torch.from_numpy(np.stack(arrays)).to(device, memory_format=torch.channels_last)
