"""A recipe: everything that decides how a network is trained, except on what."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Any

from effnetv2_keras.configs.optimizer import LearningRateSpec, OptimizerSpec
from effnetv2_keras.configs.preprocessing import PREPROCESSING, Preprocessing, get_preprocessing
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.rules import SMALLEST_IMAGE, check_at_least, check_choice, check_probability
from effnetv2_keras.configs.schedule import Phase, Schedule
from effnetv2_keras.configs.tuning import TuningSpec
from effnetv2_keras.errors import UsageError

POLICIES = ("randaugment", "autoaugment")
MODES = ("adaptive", "released")
CROPS = tuple(PREPROCESSING)
LABELS = ("single", "normalised")
NEW = "new"  # weights drawn anew


@dataclass(frozen=True, slots=True)
class AugmentationSpec:
    """What is done to the pixels of a batch; how strongly is in the schedule.

    Attributes:
        policy: "randaugment" or "autoaugment" (policy v0, which has magnitudes of its own).
        mode: of RandAugment: "adaptive", or "released" with the released code's strengths, bugs included.
        num_layers: operations that RandAugment applies to each image, at least 0.
        flip: mirror half of the images.
        cutout: side of a square that every image loses, in shorter sides of the image, in [0, 1]; 0 is off.
        erasing_rate: part of the images that lose a random box, in [0, 1]; 0 is off.
        cutmix_share: part of a batch that gets CutMix when MixUp is on too, in [0, 1].
        parts: in which a batch is divided, each with draws of its own: a multiple of the number of devices, so that a
            run may go on with other devices and draw the same; 0 is one a device.

    Raises:
        UsageError: for an unknown policy or mode, or a number out of its range.
    """

    policy: str = "randaugment"
    mode: str = "adaptive"
    num_layers: int = 2
    flip: bool = True
    cutout: float = 0.0
    erasing_rate: float = 0.0
    cutmix_share: float = 0.5
    parts: int = 0

    def __post_init__(self) -> None:
        check_choice("policy", self.policy, POLICIES)
        check_choice("mode", self.mode, MODES)
        check_at_least("num_layers", self.num_layers, 0)
        check_at_least("parts", self.parts, 0)
        for name in ("cutout", "erasing_rate", "cutmix_share"):
            check_probability(name, getattr(self, name))


@dataclass(frozen=True, slots=True)
class CropSpec:
    """Which part of a photo a training step sees, and which part evaluation.

    Attributes:
        family: "v1" (V1 and V2-B0 to B3), "v2" (V2-S to XL and ImageNet-21k), "finetune" (the whole photo made square
            in training too), or "photos" (V1's window; evaluation sees the whole photo). Facts 1.4.
        area: smallest and largest share of the photo that a window covers, 0 < first <= last <= 1; None for the
            family's own, 0.05 to 1 of "v2", 0.08 to 1 of "v1" and "photos".

    Raises:
        UsageError: for an unknown family, or an area out of its range.
    """

    family: str = "photos"
    area: Ramp | None = None

    def __post_init__(self) -> None:
        check_choice("crop family", self.family, CROPS)
        if self.area is not None and not 0 < self.area.first <= self.area.last <= 1:
            raise UsageError(f"`crop_area` must be FIRST:LAST with 0 < FIRST <= LAST <= 1. Got: {self.area}.")

    def preprocessing(self) -> Preprocessing:
        """Returns what `make_dataset` takes."""
        look = get_preprocessing(self.family)
        if self.area is None:
            return look
        return replace(look, crop=replace(look.crop, area=(self.area.first, self.area.last)))


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained. `get_recipe` gives those that are known by name; `replace` changes a copy.

    Attributes:
        name: such as "paper:efficientnetv2-s".
        model: name of a network, or the path of a YAML file.
        schedule: image size and regularisation, epoch by epoch.
        eval_size: side of the images that validation and exports see, px, at least 32.
        batch_size: images a step, at least 1.
        steps: length of the training where it is given in steps, at least `schedule.epochs`; an epoch is then
            `steps / schedule.epochs` steps, and None makes it as many as show every photo once. Where phases have batch
            sizes, steps are of the first.
        learning_rate, optimizer, augmentation, crop, tuning: see their classes.
        dropout: rate before the classifier where the schedule does not turn it, in [0, 1); None for the network's own.
        drop_path: stochastic depth's rate at the end of the net, likewise; 1 minus the survival probability.
        bn_momentum: of BatchNorm's running statistics, in [0, 1); None for the network's own.
        label_smoothing: share of each label that is spread over all classes, in [0, 1).
        labels: "single", or "normalised": rows with several classes are divided by their sum before the softmax loss.
        weights: what training starts from: "new" ones, a tag of released ones such as "imagenet21k", a path, or
            "hf://ORG/NAME".
        source: where the numbers come from.
        differs: what its source and ours, or paper and released code, do not have in common.

    Raises:
        UsageError: if a number is out of its range, or `labels` is another word.
    """

    name: str
    model: str
    schedule: Schedule
    eval_size: int
    batch_size: int = 32
    steps: int | None = None
    learning_rate: LearningRateSpec = LearningRateSpec()  # noqa: RUF009  frozen
    optimizer: OptimizerSpec = OptimizerSpec()  # noqa: RUF009  frozen
    augmentation: AugmentationSpec = AugmentationSpec()
    crop: CropSpec = CropSpec()
    tuning: TuningSpec = TuningSpec()  # noqa: RUF009  frozen
    dropout: float | None = None
    drop_path: float | None = None
    bn_momentum: float | None = None
    label_smoothing: float = 0.1
    labels: str = "single"
    weights: str = "new"
    source: str = "a user's own"
    differs: str = ""

    def __post_init__(self) -> None:
        check_at_least("eval_size", self.eval_size, SMALLEST_IMAGE)
        check_at_least("batch_size", self.batch_size, 1)
        if self.steps is not None:
            check_at_least("steps", self.steps, self.schedule.epochs)
        for name in ("dropout", "drop_path", "bn_momentum", "label_smoothing"):
            check_probability(name, getattr(self, name) or 0.0, below_one=True)
        check_choice("labels", self.labels, LABELS)

    @property
    def peak_learning_rate(self) -> float:
        """The highest learning rate, at this batch size."""
        return self.learning_rate.peak(self.batch_size)

    def steps_per_epoch(self, num_images: int) -> int:
        """Returns the number of batches an epoch has with `num_images` training images; the last one is full too."""
        if self.steps is not None:
            return -(-self.steps // self.schedule.epochs)
        return -(-num_images // self.batch_size)

    def steps_in(self, phase: Phase, num_images: int) -> int:
        """Returns the batches an epoch of `phase` has: those of its own size that show as many images."""
        if phase.batch_size is None:
            return self.steps_per_epoch(num_images)
        first = self.schedule.batch_sizes[0]
        shown = num_images if self.steps is None else self.steps_per_epoch(num_images) * first
        return -(-shown // phase.batch_size)

    def replace(self, **changes: Any) -> Recipe:
        """Returns a copy with other values."""
        return dataclasses.replace(self, **changes)
