"""All augmentation of one batch, after the crop and before the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import keras
from keras import ops

from effnetv2_keras.augment.geometry import flip
from effnetv2_keras.augment.mixing import MixDraw, draw_mix, mix
from effnetv2_keras.augment.operations import ADAPTIVE, Operation, get_operations
from effnetv2_keras.augment.rand_augment import LayerDraw, draw_layers, rand_augment
from effnetv2_keras.augment.randomness import uniform
from effnetv2_keras.errors import UsageError

RELEASED_LIST = tuple(row.name for row in ADAPTIVE)


class AugmentDraw(NamedTuple):
    """All random numbers of one batch. They do not depend on magnitude and alphas."""

    flip: keras.KerasTensor  # (B,) float32 in [0, 1): mirrored below 0.5
    layers: tuple[LayerDraw, ...]
    mix: MixDraw


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is done to a batch; how strongly is said in each call.

    Attributes:
        horizontal_flip: whether half of the images, on average, are mirrored.
        num_layers: operations that RandAugment applies to each image.
        mode: `adaptive`, whose strength grows with the magnitude and fits every image size, or `released`, as in the
            code that came with the paper.
        operations: names of RandAugment's operations; each image and layer gets one of them.
        cutmix_share: part of a batch that gets CutMix when MixUp is on too, in [0, 1].
    """

    horizontal_flip: bool = True
    num_layers: int = 2
    mode: str = "adaptive"
    operations: tuple[str, ...] = RELEASED_LIST
    cutmix_share: float = 0.5

    def __post_init__(self) -> None:
        if self.num_layers < 0:
            raise UsageError(f"`num_layers` must be at least 0. Got: {self.num_layers}.")
        if not 0.0 <= self.cutmix_share <= 1.0:
            raise UsageError(f"`cutmix_share` must be between 0 and 1. Got: {self.cutmix_share}.")
        get_operations(self.operations, self.mode)

    def __call__(
        self,
        images: keras.KerasTensor,
        labels: keras.KerasTensor,
        *,
        magnitude: keras.KerasTensor | float,
        mixup: keras.KerasTensor | float,
        cutmix: keras.KerasTensor | float,
        seed: keras.random.SeedGenerator,
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """Draws and applies: see `draw` and `apply`."""
        check_batch(images, labels)
        draw = self.draw(images.shape[0], seed)
        return self.apply(images, labels, draw, magnitude=magnitude, mixup=mixup, cutmix=cutmix)

    def draw(self, count: int, seed: keras.random.SeedGenerator) -> AugmentDraw:
        """Draws for a batch of `count` images.

        With a `StepSeed` the draw is a function of its seed and step, the same in eager mode, in a `tf.function` and
        under XLA.
        """
        return AugmentDraw(
            flip=uniform((count,), seed),
            layers=draw_layers(count, self.num_layers, len(self.operations), seed),
            mix=draw_mix(count, seed),
        )

    def apply(
        self,
        images: keras.KerasTensor,
        labels: keras.KerasTensor,
        draw: AugmentDraw,
        *,
        magnitude: keras.KerasTensor | float,
        mixup: keras.KerasTensor | float,
        cutmix: keras.KerasTensor | float,
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """Changes a batch as drawn; pure.

        Args:
            images: (B, H, W, 3) in [0, 255], uint8 or float; B is static, H and W may be known at run time only.
            labels: (B, K) float32, rows sum to 1.
            draw: from `draw`, for B images.
            magnitude: of RandAugment, 0 to 30, fractions too; 0 is off. A number or a scalar tensor, as are the next.
            mixup: alpha of MixUp; 0 is off.
            cutmix: alpha of CutMix; 0 is off.

        Returns:
            Images (B, H, W, 3) float32 in [0, 255] and labels (B, K) float32 whose rows sum to 1.

        Raises:
            UsageError: if images or labels have other shapes.
        """
        check_batch(images, labels)
        operations = get_operations(self.operations, self.mode)
        if self.horizontal_flip:
            images = flip(images, draw.flip < 0.5)
        images = self._rand_augment(images, draw.layers, ops.cast(magnitude, "float32"), operations)
        return mix(images, labels, draw.mix, mixup=mixup, cutmix=cutmix, cutmix_share=self.cutmix_share)

    def _rand_augment(
        self,
        images: keras.KerasTensor,
        layers: tuple[LayerDraw, ...],
        magnitude: keras.KerasTensor,
        operations: tuple[Operation, ...],
    ) -> keras.KerasTensor:
        """Applies RandAugment unless the magnitude is 0; returns float32."""
        return ops.cond(
            magnitude > 0,
            lambda: ops.cast(rand_augment(to_uint8(images), layers, magnitude, operations), "float32"),
            lambda: ops.cast(images, "float32"),
        )


def to_uint8(images: keras.KerasTensor) -> keras.KerasTensor:
    """Rounds float images to whole levels."""
    if images.dtype == "uint8":
        return images
    return ops.cast(ops.clip(ops.floor(ops.cast(images, "float32") + 0.5), 0.0, 255.0), "uint8")


def check_batch(images: keras.KerasTensor, labels: keras.KerasTensor) -> None:
    """Refuses shapes that cannot be augmented and mixed."""
    if len(images.shape) != 4 or images.shape[0] is None or images.shape[3] != 3:
        raise UsageError(f"`images` must be (B, H, W, 3) with a known B. Got: {tuple(images.shape)}.")
    kind = keras.backend.standardize_dtype(labels.dtype)
    if len(labels.shape) != 2 or labels.shape[0] != images.shape[0] or not kind.startswith(("float", "bfloat")):
        raise UsageError(
            f"`labels` must be float rows (B, K) with B = {images.shape[0]}; turn integer labels into rows with "
            f"`keras.ops.one_hot`. Got: {kind} {tuple(labels.shape)}."
        )
