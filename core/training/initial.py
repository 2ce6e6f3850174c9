"""The weights that training starts from: a pretrained backbone, or a whole model of Fieldmark."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from core.errors import TrainingError
from core.model.bundle import DESCRIPTION, WEIGHTS, Bundle, read_bundle
from core.model.network import Network, create_network
from core.model.tree_head import HeadSpec, TreeHead
from core.training.task import Task

HEADS = (
    "classifier.",
    "head.fc.",
    "head.weight",
    "head.bias",
    "fc.",
    "head.l.",
)  # last layers, by timm's names


def weights_file(init: Path) -> Path:
    """Return the file that holds the weights of `init`, which may be a model folder."""
    return init / WEIGHTS if init.is_dir() else init


def head_of(init: Path) -> HeadSpec | None:
    """Return how the tree head of a model folder is built, `None` if `init` is anything else."""
    if not (init / DESCRIPTION).is_file():
        return None
    head = read_bundle(init).head
    return HeadSpec.from_record(head) if head else None


def continue_model(network: Network, task: Task, init: Path) -> bool:
    """Go on from a model folder: the backbone, and what its head knows of each class.

    Classes that the old model did not have start below all others. The temperature of a linear head is folded
    in, so that training begins with probabilities that mean something.

    Returns:
        Whether `init` was such a folder; if not, nothing has been done.

    Raises:
        TrainingError: Its backbone is another one.
        BundleError: The folder is damaged, or its head is built in another way.
    """
    head = network.head
    if not (init / DESCRIPTION).is_file() or not isinstance(head, TreeHead):
        return False
    bundle = read_bundle(init)
    if bundle.head:
        load_backbone(network, bundle.weights_path)
        old = create_network(
            bundle.architecture, bundle.options, bundle.head, bundle.classes, bundle.taxonomy
        )
        old.load_weights(load_file(bundle.weights_path))
        old.float()
        assert isinstance(old.head, TreeHead)
        head.continue_from_tree(old.head)
        return True
    if head.spec.cosine:
        return False
    load_backbone(network, bundle.weights_path)
    weight, bias = _linear_head(bundle)
    columns = {name: index for index, name in enumerate(bundle.classes)}
    known = [name in columns for name in task.classes]
    rows = torch.tensor([columns.get(name, 0) for name in task.classes])
    is_known = torch.tensor(known)
    temperature = bundle.calibration.temperature
    head.continue_from(
        torch.where(is_known[:, None], weight[rows], 0.0) / temperature,
        torch.where(is_known, bias[rows], bias.min()) / temperature,
        task.offsets(network.experts),
    )
    return True


def _linear_head(bundle: Bundle) -> tuple[torch.Tensor, torch.Tensor]:
    weights = load_file(bundle.weights_path)
    for prefix in HEADS:
        name = prefix if prefix.endswith(".") else prefix.rsplit(".", 1)[0] + "."
        if f"{name}weight" in weights and f"{name}bias" in weights:
            return weights[f"{name}weight"].float(), weights[f"{name}bias"].float()
    raise TrainingError(f"{bundle.weights_path} holds no linear head")


def load_backbone(network: Network, init: Path) -> None:
    """Load pretrained weights into the backbone; their last layer is left out.

    Args:
        init: A safetensors file with timm's names, or one that Fieldmark stored.

    Raises:
        TrainingError: The file cannot be read, or holds weights of another architecture or shape.
    """
    try:
        weights = load_file(init)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{init} is no safetensors file: {error}") from error
    if any(name.startswith("backbone.") for name in weights):
        weights = {
            name.removeprefix("backbone."): value
            for name, value in weights.items()
            if name.startswith("backbone.")
        }
    wanted = network.backbone.state_dict()
    missing = [name for name in wanted if name not in weights]
    strange = [name for name in weights if name not in wanted and not name.startswith(HEADS)]
    shapes = [name for name in wanted if name in weights and weights[name].shape != wanted[name].shape]
    for names, what in ((missing, "lacks"), (strange, "also holds"), (shapes, "has other shapes of")):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            raise TrainingError(f"{init} does not fit this backbone: it {what} {', '.join(names[:3])}{more}")
    network.backbone.load_state_dict({name: weights[name] for name in wanted})
    network.float()
