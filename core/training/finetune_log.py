"""What a run of fine-tuning leaves in the log of runs, whoever asked for it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from core.model import Bundle
from core.training.corrections import Correction
from core.training.results import FinetuneOptions, FinetuneResult, Progress
from core.training.run_log import RunRecorder


def asked(base: Bundle, options: FinetuneOptions, **more: object) -> dict[str, Any]:
    """Return the settings of a run: the model that it goes on from, and what was decided by hand."""
    return {"base": base.label, "base_sha256": base.weights_sha256, "options": asdict(options), **more}


def corrections_sha256(corrections: Sequence[Correction]) -> str:
    """Return a hash of the list of photos and labels, whatever their order."""
    rows = sorted([c.sha256, c.label, c.group, c.weight, c.held_out, c.contested] for c in corrections)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def noting(recorder: RunRecorder, tell: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Return what passes progress on, and notes every epoch."""

    def note(progress: Progress) -> None:
        if progress.loss is not None:
            epoch = {"epoch": float(progress.done), "train_loss": progress.loss}
            if progress.macro_f1 is not None:
                epoch["val_macro_f1"] = progress.macro_f1
            recorder.epoch(epoch)
        tell(progress)

    return note


def figures(result: FinetuneResult) -> Mapping[str, Any]:
    """Return what came of a run: figures before and after, and how far it went."""
    return {
        "before": asdict(result.before), "after": asdict(result.after), "alpha": result.alpha, "learnt": result.learnt,
        "held_out": result.held_out, "left_out": len(result.left_out), "new_species": len(result.new_species),
        "seconds": round(result.seconds, 1),
    }  # fmt: skip
