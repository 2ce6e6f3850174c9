"""Which learning rate a run should use: a little training, thrown away."""

import itertools

from core.errors import TrainingError
from core.training.learner import Learner
from core.training.rate_finder import STEPS, RateTest, find_rate
from core.training.recipe import Listener, Plan, prepare
from core.training.schedule import freeze_stem, learn_mode, make_optimizer
from core.training.workers import Workers


def range_test(plan: Plan, listener: Listener, *, steps: int = STEPS) -> RateTest:
    """Do a learning-rate range test as `train` would begin, on one rate for all layers that learn.

    Raises:
        TrainingError: See `train`; or the loss explodes at once.
    """
    network, task = prepare(plan, listener)
    freeze_stem(network, plan.config.frozen_depth)
    optimizer = make_optimizer(
        network, backbone_rate=1.0, head_rate=1.0, layer_decay=1.0, weight_decay=plan.config.weight_decay
    )
    learner = Learner(network, task, plan.config, Workers())
    learn_mode(network)
    batches = (batch for epoch in itertools.count() for batch in learner.batches(epoch))
    listener.on_stage(f"testing {steps} rising learning rates")

    def step() -> float:
        loss = learner.loss(next(batches), epoch=0, step=0)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss.item()

    try:
        return find_rate(network, optimizer, step, steps=steps, on_step=listener.on_features)
    except ValueError as error:
        raise TrainingError(str(error)) from error
