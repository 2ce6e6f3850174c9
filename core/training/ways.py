"""From the old weights to those that learnt: how far to go, and whether the last blocks come along."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.model.network import Network
from core.model.tree_head import TreeHead
from core.training.at_hand import STAY, AtHand
from core.training.course import Course
from core.training.held_out import Judged, as_before, hush, macro_f1
from core.training.interpolation import STEPS, Tried, choose_alpha
from core.training.last_stage import features_of
from core.training.soup import average

CHANGE = "the last blocks of the network change too"
FEWER = STEPS[::2]  # every mixture with other blocks means to look at the photos again
Point = tuple[Course, TreeHead]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Mixtures of old and new weights, and the best of them.

    Attributes:
        depth: What learnt.
        course: The photos as the old backbone sees them.
        at: From alpha, and whether all photos are wanted or only those to judge on, to the photos as the mixture's
            backbone sees them and its head.
        best, tried: What mixtures are worth.
        held_out: Macro-F1 of the best on held-out corrections, `None` where there are none.
        reason: Why this far, as a sentence.
    """

    depth: Literal["head", "blocks"]
    course: Course
    at: Callable[[float, bool], Point]
    best: Tried
    tried: tuple[Tried, ...]
    held_out: float | None
    reason: str


def head_way(course: Course, learnt: TreeHead, alpha: float | None) -> Way:
    """Return what lies between the old head and one that learnt; the backbone stays.

    Args:
        alpha: How far to go; `None` for as far as is best.
    """

    def at(share: float, everything: bool) -> Point:
        head = copy.deepcopy(course.start)
        head.load_state_dict(average(course.start.state_dict(), learnt.state_dict(), share))
        return course, _hushed(course, head)

    return _chosen("head", course, at, alpha, STEPS)


def stage_way(
    photos: AtHand,
    learnt: Network,
    alpha: float | None,
    *,
    on_try: Callable[[int, int], None] = lambda done, total: None,
) -> Way:
    """Return what lies between the old last blocks and head and those that learnt.

    Args:
        learnt: What follows the cut.
        alpha: How far to go; `None` for as far as is best.
        on_try: Called with the number of mixtures tried, and of all; may raise to stop.
    """
    course = photos.course
    start = Network(photos.rest, course.start).state_dict()

    def at(share: float, everything: bool) -> Point:
        late = copy.deepcopy(learnt)
        late.load_state_dict(average(start, learnt.state_dict(), share))
        whole = Network(copy.deepcopy(course.network.backbone), late.head).float()
        whole.backbone.load_state_dict(late.backbone.state_dict(), strict=False)
        whole.load_weights(whole.stored_weights())  # the photos are seen by exactly what is shipped
        late.load_state_dict({name: whole.state_dict()[name] for name in late.state_dict()})
        assert isinstance(late.head, TreeHead)
        moved = replace(
            course, network=whole.eval(), moved=True,
            train=replace(course.train, embeddings=features_of(late, photos.train)),
            judging=replace(course.judging, embeddings=features_of(late, photos.judging)),
        )  # fmt: skip
        if len(course.held_out):
            moved = replace(
                moved, held_out=replace(course.held_out, embeddings=features_of(late, photos.held_out))
            )
        if everything:
            moved = replace(
                moved, rehearsed=replace(course.rehearsed, embeddings=features_of(late, photos.rehearsed))
            )
        return moved, _hushed(moved, late.head)

    return _chosen("blocks", course, at, alpha, FEWER, on_try)


def better(head: Way, blocks: Way, *, told: bool = False) -> tuple[bool, str]:
    """Return whether the last blocks are to change, and why, as a sentence.

    They must be worth more on old photos and corrections together without losing on either old photos or corrections
    that neither way learnt from.

    Args:
        told: Somebody wants it, whatever the figures.
    """
    gains = blocks.best.worth > head.best.worth and blocks.best.old >= head.best.old
    figures = [
        f"old photos {100 * blocks.best.old:.1f} against {100 * head.best.old:.1f}",
        f"corrections {100 * blocks.best.corrections:.1f} against {100 * head.best.corrections:.1f}",
    ]
    if blocks.held_out is not None and head.held_out is not None:
        gains = gains and blocks.held_out >= head.held_out
        figures.append(f"held-out ones {100 * blocks.held_out:.1f} against {100 * head.held_out:.1f}")
    verdict = f"{CHANGE}, as told" if told and not gains else CHANGE if gains else STAY
    return gains or told, f"{verdict}: macro-F1 with them, against the head alone: {', '.join(figures)}"


def _hushed(course: Course, head: TreeHead) -> TreeHead:
    if course.lesson.new:
        hush(_judged(course, head), course.shown(course.judging), course.lesson.new)
    return head.eval()


def _judged(course: Course, head: TreeHead) -> Judged:
    return as_before(course.old, head, course.judged(), course.prior, course.lesson.taxonomy)


def _chosen(
    depth: Literal["head", "blocks"],
    course: Course,
    at: Callable[[float, bool], Point],
    alpha: float | None,
    steps: Sequence[float],
    on_try: Callable[[int, int], None] = lambda done, total: None,
) -> Way:
    tree = course.lesson.taxonomy
    steps = steps if alpha is None else (alpha,)
    held_out: dict[float, float | None] = {}

    def judge(share: float) -> tuple[float, float]:
        on_try(len(held_out), len(steps))
        here, head = at(share, False)
        now, old, asked = _judged(here, head), here.shown(here.judging), here.train.joined(here.held_out)
        unseen = here.held_out
        held_out[share] = macro_f1(now.guesses(unseen), unseen.labels, tree) if len(unseen) else None
        return macro_f1(now.guesses(old), old.labels, tree), macro_f1(now.guesses(asked), asked.labels, tree)

    old = course.shown(course.judging)
    before = macro_f1(course.old.guesses(old), old.labels, tree)
    best, tried, reason = choose_alpha(judge, before, steps)
    if alpha is not None:
        reason = f"{alpha:.0%} of the way to the new weights, as told"
    return Way(depth, course, at, best, tried, held_out[best.alpha], reason)
