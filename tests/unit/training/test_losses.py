"""Losses, against plain loops."""

import numpy as np
import pytest
import torch

from core.taxonomy import BLANK
from core.training.losses import expert_loss, label_spans, leaf_positions, within
from core.training.task import Task

LABELS = ["panthera-leo", "panthera", "felidae", "mammalia", "equus-quagga", BLANK]


def allowed_by_hand(label: str, task: Task) -> list[bool]:
    if label not in task.taxonomy:
        return [name == label for name in task.classes]
    under = {leaf.id for leaf in task.taxonomy.leaves_under(label)}
    return [name in under for name in task.classes]


def test_spans_hold_the_species_under_a_label(task: Task) -> None:
    spans = torch.from_numpy(label_spans(LABELS, task.classes, task.taxonomy))
    found = within(spans[:, -1], torch.from_numpy(leaf_positions(task.classes, task.taxonomy)))
    assert found.tolist() == [allowed_by_hand(label, task) for label in LABELS]


def test_spans_of_ancestors_grow_towards_the_root(task: Task) -> None:
    spans = label_spans(["panthera-leo"], task.classes, task.taxonomy)[0]
    widths = spans[:, 1] - spans[:, 0]
    assert widths.tolist() == sorted(widths, reverse=True)
    assert widths[-1] == 1
    assert widths[0] == len(task.taxonomy.leaves)


def test_a_coarse_label_does_not_move_its_own_species_apart(task: Task) -> None:
    """The gradient is p - p(.|label): among the allowed it is proportional to p."""
    logits = torch.randn(1, 1, len(task.classes), generator=torch.Generator().manual_seed(0)).requires_grad_()
    spans = torch.from_numpy(label_spans(["felidae"], task.classes, task.taxonomy))
    positions = torch.from_numpy(leaf_positions(task.classes, task.taxonomy))
    none = torch.zeros(1, len(task.classes))
    expert_loss(logits, spans, positions, none, lineage_weight=0.0).sum().backward()
    p, cats = logits.detach()[0, 0].softmax(dim=-1), torch.tensor(allowed_by_hand("felidae", task))
    assert logits.grad is not None
    assert 1 < cats.sum() < len(cats)
    torch.testing.assert_close(logits.grad[0, 0, cats], p[cats] - p[cats] / p[cats].sum())
    torch.testing.assert_close(logits.grad[0, 0, ~cats], p[~cats])


def test_experts_are_averaged_with_offsets_lineage_and_smoothing(task: Task) -> None:
    k = len(task.classes)
    generator = torch.Generator().manual_seed(1)
    logits, offsets = torch.randn(6, 2, k, generator=generator), torch.randn(2, k, generator=generator)
    spans = torch.from_numpy(label_spans(LABELS, task.classes, task.taxonomy))
    positions = torch.from_numpy(leaf_positions(task.classes, task.taxonomy))
    found = expert_loss(logits, spans, positions, offsets, lineage_weight=0.3, smoothing=0.1)
    for row, label in enumerate(LABELS):
        total = 0.0
        for expert in range(2):
            p = (logits[row, expert] + offsets[expert]).softmax(0).double().numpy()
            chance = [p[within(spans[row, rank], positions).numpy()].sum() for rank in range(7)]
            even = offsets[expert].softmax(0).double().numpy()
            total += 0.9 * -np.log(chance[-1]) - 0.1 * (even * np.log(p)).sum()
            total -= 0.3 * np.mean(np.log(chance[:-1]))
        assert float(found[row]) == pytest.approx(total / 2, abs=1e-4), label


def test_smoothing_teaches_no_expert_to_prefer_the_rare() -> None:
    """At the optimum of a photo without any sign, every expert's own logits are even."""
    offsets = torch.tensor([[0.0, 0.0, 0.0], [2.0, 0.0, -2.0]])
    logits = torch.zeros(1, 2, 3, requires_grad=True)
    even = torch.tensor([[[0, 3]] * 7])
    expert_loss(logits, even, torch.arange(3), offsets, lineage_weight=0.0, smoothing=0.5).sum().backward()
    assert logits.grad is not None
    assert torch.allclose(logits.grad, torch.zeros_like(logits.grad), atol=1e-6)


def test_easy_photos_count_less_where_asked() -> None:
    spans, positions = torch.tensor([[[0, 1]] * 7] * 2), torch.arange(2)
    logits = torch.tensor([[[9.0, 0.0]], [[0.0, 0.0]]])
    plain = expert_loss(logits, spans, positions, torch.zeros(1, 2), lineage_weight=0)
    easy, hard = expert_loss(logits, spans, positions, torch.zeros(1, 2), lineage_weight=0, focal=2.0)
    assert float(easy) < 1e-6
    assert float(hard) == pytest.approx(0.25 * np.log(2), abs=1e-6)
    assert float(plain[1]) == pytest.approx(np.log(2), abs=1e-6)
