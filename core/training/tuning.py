"""Searching for good settings of the head, on embeddings that are computed once.

The only module that imports Optuna, which is optional.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from core.errors import TrainingError
from core.model.bundle import file_sha256
from core.model.network import create_network
from core.model.tree_head import HeadSpec, TreeHead
from core.taxonomy import Taxonomy
from core.training.embeddings import cached_embeddings
from core.training.head import HeadConfig, train_head
from core.training.initial import load_backbone, weights_file
from core.training.loop import without_prior
from core.training.manifest import Manifest
from core.training.recipe import Listener, Recipe
from core.training.task import Task, make_task

Array = NDArray[np.float32]
DATABASE, RESULT = "tune.db", "tune.json"


def tune(
    manifest: Manifest,
    taxonomy: Taxonomy,
    init: Path,
    out: Path,
    recipe: Recipe,
    listener: Listener,
    *,
    trials: int,
    seed: int = 0,
    workers: int = 1,
    on_trial: Callable[[int, float, float], None] = lambda number, value, best: None,
) -> HeadConfig:
    """Try settings of the head and return the best; a search that was killed goes on.

    Settings are drawn by tree-structured Parzen estimators, and hopeless trials are cut short at the median
    (Akiba et al., 2019). The test photos are not looked at.

    Args:
        on_trial: Told of each finished trial: its number, its macro-F1 on val and the best so far.

    Raises:
        TrainingError: Optuna is missing, the weights do not fit, or a split is empty.
    """
    try:
        import optuna
    except ImportError as error:
        raise TrainingError(
            "tuning needs Optuna: pip install optuna (it is in requirements-extra.txt)"
        ) from error
    task, embeddings, judged = _prepare(manifest, taxonomy, init, out, recipe, listener, workers)
    spans, positions = task.spans(task.train), task.positions()
    targets = task.targets(task.val)

    def objective(trial: Any) -> float:
        config, spec = suggest(trial, recipe)
        torch.manual_seed(seed)
        head = TreeHead(task.taxonomy, task.classes, embeddings.shape[1], spec)

        def judge() -> float:
            with torch.inference_mode():
                scores = head(torch.from_numpy(judged)).mean(dim=1).numpy()
            guesses = without_prior(scores, task).argmax(axis=1)
            return float(f1_score(targets, guesses, average="macro", zero_division=0))

        def after_epoch(epoch: int, loss: float) -> bool:
            if epoch % 5 == 0:
                trial.report(judge(), epoch)
                return not trial.should_prune()
            return True

        train_head(
            head,
            embeddings,
            spans,
            positions,
            task.offsets(spec.experts),
            replace(config, seed=seed),
            on_epoch=after_epoch,
        )
        return judge()

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    out.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{out / DATABASE}", study_name=task.sha256()[:16], load_if_exists=True, direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed), pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )  # fmt: skip
    left = trials - len([t for t in study.trials if t.state.is_finished()])
    study.optimize(
        objective,
        n_trials=max(0, left),
        callbacks=[lambda study, trial: on_trial(trial.number, trial.value or 0.0, study.best_value)],
    )
    best, spec = suggest(study.best_trial, recipe)
    record = {
        "macro_f1": study.best_value, "trials": len(study.trials), "head_config": asdict(best), "head": spec.to_record(),
    }  # fmt: skip
    (out / RESULT).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return best


def suggest(trial: Any, recipe: Recipe) -> tuple[HeadConfig, HeadSpec]:
    """Return the settings of an Optuna trial."""
    config = HeadConfig(
        epochs=trial.suggest_int("epochs", 10, 40, step=5),
        rate=trial.suggest_float("rate", 3e-4, 3e-2, log=True),
        decay=trial.suggest_float("decay", 1e-4, 1.0, log=True),
        smoothing=trial.suggest_float("smoothing", 0.0, 0.2),
        lineage_weight=trial.suggest_float("lineage_weight", 0.0, 1.0),
    )
    return config, replace(recipe.head, cosine=trial.suggest_categorical("cosine", [True, False]))


def read_tuned(path: Path, recipe: Recipe) -> Recipe:
    """Return a recipe with the settings that `tune` found.

    Raises:
        TrainingError: The file is not one that `tune` wrote.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return replace(
            recipe, head_config=HeadConfig(**record["head_config"]), head=HeadSpec.from_record(record["head"])
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} is not a result of `tune`: {error!r}") from error


def _prepare(
    manifest: Manifest,
    taxonomy: Taxonomy,
    init: Path,
    out: Path,
    recipe: Recipe,
    listener: Listener,
    workers: int,
) -> tuple[Task, Array, Array]:
    task = make_task(manifest.split("train"), manifest.split("val"), taxonomy, recipe.preprocessing())
    network = create_network(
        recipe.architecture, dict(recipe.options), recipe.head.to_record(), task.classes, task.taxonomy
    )
    load_backbone(network, weights_file(init))
    listener.on_stage("looking at the photos once")
    key = file_sha256(weights_file(init))
    found = [
        cached_embeddings(
            network,
            photos,
            task.spec,
            out / "run",
            key=key,
            workers=workers,
            on_progress=listener.on_features,
        )
        for photos in (task.train, task.val)
    ]
    return task, found[0], found[1]
