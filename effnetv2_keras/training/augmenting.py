"""Augmentation inside the training step: plain, or compiled apart where that pays."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

from effnetv2_keras.augment.batch_sizes import with_known_size
from effnetv2_keras.augment.compiling import CompileChoice, choose_compiling
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed
from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.layers.knob import Knob
from effnetv2_keras.layers.knobs import Knobs
from effnetv2_keras.training.replicas import num_replicas

Paths = Literal["plain", "compiled", "both"]


class Augmenter:
    """Calls an `Augmentation` with where the knobs stand.

    Args:
        augmentation: what is done.
        knobs: how strongly; read when the step runs.
        parts: in which a batch is divided, each augmented by itself; 0 for one a device.
    """

    def __init__(self, augmentation: Augmentation, knobs: Knobs, parts: int = 0) -> None:
        self.augmentation = augmentation
        self.knobs = knobs
        self.parts = parts
        self.paths: Paths = "plain"
        self.is_compiled = Knob("compiled", 0.0)  # which path is taken, where the step holds both

    def __call__(self, images: Any, labels: Any, step: Any) -> tuple[Any, Any]:
        """Augments a batch: images (B, H, W, 3) in [0, 255], labels (B, K) rows, `step` the batch's number."""
        feed = self.knobs.feed
        if images.shape[0] is None and feed is not None:
            return with_known_size(lambda x, y: self._in_parts(x, y, step), images, labels, feed.batch_sizes)
        return self._in_parts(images, labels, step)

    def _in_parts(self, images: Any, labels: Any, step: Any) -> tuple[Any, Any]:
        """Augments what this device has of a batch: a part has the same draws on whichever device it is."""
        first, own, parts = 0, self.parts or 1, self.parts or 1
        if keras.backend.backend() == "tensorflow":
            from effnetv2_keras.layers.tensorflow.replica import parts_of_replica

            first, own, parts = parts_of_replica(self.parts)
        number = step * parts + first
        if own == 1:
            return self._choose(images, labels, number)
        pairs = zip(ops.split(images, own), ops.split(labels, own), strict=True)
        done = [self._choose(some, rows, number + part) for part, (some, rows) in enumerate(pairs)]
        return ops.concatenate([some for some, _ in done]), ops.concatenate([rows for _, rows in done])

    def _choose(self, images: Any, labels: Any, step: Any) -> tuple[Any, Any]:
        strengths = [self.knobs.augmentation[name].read() for name in ("randaugment", "mixup", "cutmix")]
        if self.paths == "plain":
            return self._augment(images, labels, step, *strengths)
        from effnetv2_keras.layers.tensorflow.compiled import compiled

        fast = compiled(self._augment)
        if self.paths == "compiled":
            return fast(images, labels, step, *strengths)
        return ops.cond(
            self.is_compiled.read() > 0,
            lambda: fast(images, labels, step, *strengths),
            lambda: self._augment(images, labels, step, *strengths),
        )

    def plan(self, choices: list[CompileChoice]) -> bool:
        """Takes the paths that `choices` need; tells whether they changed and a traced step is out of date."""
        compiled = {choice.compiled for choice in choices}
        before, self.paths = self.paths, "both" if len(compiled) == 2 else ("compiled" if True in compiled else "plain")
        return self.paths != before

    def _augment(self, images: Any, labels: Any, step: Any, magnitude: Any, mixup: Any, cutmix: Any) -> Any:
        seed = StepSeed(self.knobs.seed, step)
        return self.augmentation(images, labels, magnitude=magnitude, mixup=mixup, cutmix=cutmix, seed=seed)


class CompileByPhase(keras.callbacks.Callback):
    """Takes the compiled path in the phases that are long enough, and says so.

    Args:
        augmenter: whose path is chosen.
        schedule: the phases.
        choices: one a phase.
        verbose: 1 prints each choice as its phase begins.
    """

    def __init__(self, augmenter: Augmenter, schedule: Schedule, choices: list[CompileChoice], verbose: int) -> None:
        super().__init__()
        self.augmenter = augmenter
        self.schedule = schedule
        self.choices = choices
        self.verbose = verbose
        self.phase = -1

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Chooses the path of the phase that begins."""
        index = self.schedule.phase_at(epoch).index
        if index != self.phase:
            self.phase = index
            self.augmenter.is_compiled.assign(float(self.choices[index].compiled))
            if self.verbose:
                print(f"augmentation {self.choices[index].reason}")


def can_choose(model: Any) -> bool:
    """Tells whether `model` has a choice: on one CPU, where the step as a whole is not compiled."""
    if keras.backend.backend() != "tensorflow" or model.jit_compile or model.augmenter.augmentation.layers:
        return False
    from effnetv2_keras.layers.tensorflow.compiled import can_compile_apart

    return num_replicas(model) == 1 and can_compile_apart()


def choose_by_phase(knobs: Knobs, schedule: Schedule) -> list[CompileChoice]:
    """Weighs each phase by its length; without a dataset that says how long an epoch is, there is nothing to weigh."""
    if knobs.feed is None:
        return []
    return [
        choose_compiling(
            phase.num_epochs * knobs.feed.steps_at(phase.batch_size),
            knobs.feed.size_at(phase.batch_size),
            phase.image_size,
        )
        for phase in schedule.phases
    ]
