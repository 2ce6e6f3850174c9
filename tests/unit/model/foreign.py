"""Models of other people, made small, in exactly the layout in which the hub has them."""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load_file, save_file

from core.model.backbones import create_backbone

LABELS = ["Panthera leo", "Vulpes vulpes", "table lamp", "domestic cattle", "Felidae", "empty"]


def timm_folder(folder: Path, labels: object = LABELS, **config: object) -> Path:
    """Write what `timm.models.save_for_hf` writes."""
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    network = create_backbone("test_vit", len(LABELS))
    save_file(
        {key: value.contiguous() for key, value in network.state_dict().items()}, folder / "model.safetensors"
    )
    record = {
        "architecture": "test_vit", "num_classes": len(LABELS), "num_features": 64, "global_pool": "token",
        "label_names": labels,
        "model_args": {"num_classes": len(LABELS), "in_chans": 3, "img_size": [160, 160]},
        "pretrained_cfg": {
            "input_size": [3, 160, 160], "interpolation": "bilinear", "crop_pct": 0.95, "crop_mode": "center",
            "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "num_classes": len(LABELS), "license": "apache-2.0",
        },
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(record | config), encoding="utf-8")
    return folder


def wrapper_folder(folder: Path) -> Path:
    """Write what transformers' TimmWrapperForImageClassification writes."""
    timm_folder(folder)
    record = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = record.pop("label_names")
    record |= {
        "model_type": "timm_wrapper", "id2label": {str(i): name for i, name in enumerate(names)},
        "label2id": {name: i for i, name in enumerate(names)},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(record), encoding="utf-8")
    weights = load_file(folder / "model.safetensors")
    save_file({f"timm_model.{key}": value for key, value in weights.items()}, folder / "model.safetensors")
    return folder


def onnx_file(
    path: Path, *, outputs: int = len(LABELS), colours_last: bool = False, softmax: bool = False
) -> Path:
    """Write a network that averages the colours and multiplies them with a matrix."""
    weight = np.random.default_rng(0).normal(0, 1, (3, outputs)).astype(np.float32)
    shape = ["n", 32, 32, 3] if colours_last else ["n", 3, 32, 32]
    axes = [1, 2] if colours_last else [2, 3]
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "weight"], ["scores"]),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["scores"], ["chances"], axis=1))
    graph = helper.make_graph(
        nodes, "tiny", [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, ["n", outputs])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(np.array(axes, np.int64), "axes")],
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


def clip_folder(folder: Path) -> Path:
    """Write an open_clip model of one layer each, with random weights."""
    import open_clip

    folder.mkdir(parents=True)
    record = {
        "model_cfg": {
            "embed_dim": 16,
            "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 32, "patch_size": 16},
            "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
        },
        "preprocess_cfg": {"mean": [0.5, 0.4, 0.3], "std": [0.3, 0.3, 0.3], "resize_mode": "shortest"},
    }
    (folder / "open_clip_config.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n", encoding="utf-8")
    torch.manual_seed(0)
    network = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    weights = {key: value.contiguous() for key, value in network.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder
