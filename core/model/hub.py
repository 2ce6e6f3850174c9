"""Models of other people: a folder in the layout of the Hugging Face hub, fetched from there or local."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from core.errors import BundleError

SCHEME = "hf-hub:"
CONFIG, CARD, CLIP_CONFIG = "config.json", "README.md", "open_clip_config.json"
WANTED = (CONFIG, CARD, CLIP_CONFIG, "*.safetensors", "*.onnx", "*.onnx.json")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".tar")
NC_NOTE = (
    "Its licence allows no commercial use: you may try it, teach and do research with it, but not sell what "
    "it does or what you make with it."
)
UNKNOWN_LICENCE = "licence unknown"
_REPOSITORY = re.compile(r"^\w[\w.-]*/\w[\w.-]*(@[\w./-]+)?$")

OnBytes = Callable[[int, int], None]


def locate(source: str, *, on_bytes: OnBytes | None = None, endpoint: str | None = None) -> Path:
    """Return where a model is on this machine, after fetching it if it is on the hub.

    Args:
        source: `"hf-hub:owner/name"`, with `@revision` if need be, a folder, or a file.
        on_bytes: Told how many bytes have come, and how many there are in all.
        endpoint: Address of the hub; by default the one of `huggingface_hub`.

    Raises:
        BundleError: There is nothing, or it could not be fetched.
    """
    if source.startswith(SCHEME):
        return _fetch(source.removeprefix(SCHEME), on_bytes, endpoint)
    path = Path(source).expanduser()
    if not path.exists():
        raise BundleError(
            f"{source} is neither a folder nor a file; a model of the Hugging Face hub is hf-hub:owner/name"
        )
    if path.suffix in PICKLES:
        raise BundleError(f"{path} is {_pickle_advice()}")
    return path.parent if path.suffix == ".safetensors" or path.name in (CONFIG, CLIP_CONFIG) else path


def _pickle_advice() -> str:
    return (
        "a pickle, which can run any code when it is opened. Ask its authors for model.safetensors, or "
        "convert it in a place that you can throw away (safetensors.torch.save_file) and add the folder"
    )


def _fetch(name: str, on_bytes: OnBytes | None, endpoint: str | None) -> Path:
    if not _REPOSITORY.match(name):
        raise BundleError(
            f"{SCHEME}{name} is no address; write hf-hub:owner/name or hf-hub:owner/name@revision"
        )
    from huggingface_hub import snapshot_download
    from tqdm.auto import tqdm

    class Listener(tqdm):  # type: ignore[misc]
        """Passes on the bar that counts bytes."""

        def update(self, n: float | None = 1) -> bool | None:
            result = super().update(n)
            if on_bytes is not None and self.unit == "B":
                on_bytes(int(self.n), int(self.total or 0))
            return bool(result)

    repository, _, revision = name.partition("@")
    try:
        folder = snapshot_download(
            repository, revision=revision or None, allow_patterns=list(WANTED), tqdm_class=Listener,
            endpoint=endpoint,
        )  # fmt: skip
    except Exception as error:  # the network and the hub fail in many ways
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BundleError(
            f"{SCHEME}{name} could not be fetched ({reason}). Look at the name and the network; what has come "
            "is kept, so try again. Without a network, copy the model's folder here and add that"
        ) from error
    return Path(folder)


def push_folder(
    folder: Path, repository: str, *, endpoint: str | None = None, token: str | None = None
) -> str:
    """Put a folder on the hub, into a repository that is private if it is new, and return its address.

    Args:
        repository: `"owner/name"`.
        token: By default the one of `hf auth login`.

    Raises:
        BundleError: The name is no address, nobody is logged in, or the hub refuses.
    """
    if not _REPOSITORY.match(repository) or "@" in repository:
        raise BundleError(f"{repository!r} is no address on the hub; write owner/name")
    from huggingface_hub import HfApi

    api = HfApi(endpoint=endpoint, token=token)
    try:
        made = api.create_repo(repository, private=True, exist_ok=True)
        api.upload_folder(repo_id=repository, folder_path=folder, commit_message="Publish from Fieldmark")
    except Exception as error:  # the network and the hub refuse in many ways
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BundleError(
            f"{repository} could not be pushed ({reason}). Log in with hf auth login and look at the name; the folder "
            f"{folder} stays, so try again"
        ) from error
    return str(made)


def safe_weights(folder: Path, *names: str) -> Path:
    """Return the first of some safetensors files that is there.

    Raises:
        BundleError: None is there, or only a pickle.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    if pickles := sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES):
        raise BundleError(f"{folder} has no {names[0]}; {pickles[0]} is {_pickle_advice()}")
    raise BundleError(f"{folder} is not a whole model: {names[0]} is missing")


def read_licence(folder: Path, config: dict[str, Any], source: str) -> str:
    """Return the licence of a model: of its configuration, or of the head of its card."""
    found = config.get("license") or config.get("pretrained_cfg", {}).get("license") or _card_licence(folder)
    if found:
        return str(found)
    names = f"{source} {config.get('architecture', '')} {config.get('pretrained_cfg', {}).get('tag', '')}"
    if "inat21" in names:  # timm publishes every one of them so
        return "cc-by-nc-4.0"
    return UNKNOWN_LICENCE


def _card_licence(folder: Path) -> str | None:
    card = folder / CARD
    parts = card.read_text(encoding="utf-8", errors="replace").split("---") if card.is_file() else []
    if len(parts) < 3 or parts[0].strip():
        return None
    try:
        head = yaml.safe_load(parts[1])
    except yaml.YAMLError:
        return None
    if not isinstance(head, dict):
        return None
    name = head.get("license_name") if head.get("license") == "other" else head.get("license")
    return ", ".join(map(str, name)) if isinstance(name, list) else name


def forbids_commerce(licence: str) -> bool:
    """Tell whether a licence is one of those for non-commercial use only."""
    words = re.split(r"[^a-z]+", licence.lower())
    return "nc" in words or ("non" in words and "commercial" in words) or "noncommercial" in words
