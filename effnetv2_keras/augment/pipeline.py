"""All augmentation of one batch, after the crop and before the network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
from keras import ops

from effnetv2_keras.augment.auto_augment import PolicyDraw, auto_augment, draw_policy
from effnetv2_keras.augment.checks import check_images, check_labels, check_range, check_strengths
from effnetv2_keras.augment.erasing import EraseDraw, draw_erasing, random_erasing, square_cutout
from effnetv2_keras.augment.geometry import flip
from effnetv2_keras.augment.mixing import MixDraw, draw_mix, mix
from effnetv2_keras.augment.operations import RELEASED_LIST, get_operations
from effnetv2_keras.augment.rand_augment import LayerDraw, draw_layers, rand_augment
from effnetv2_keras.augment.randomness import uniform
from effnetv2_keras.errors import unknown_name

POLICIES = ("randaugment", "autoaugment")


class AugmentDraw(NamedTuple):
    """All random numbers of one batch of B images. They do not depend on magnitude and alphas."""

    flip: keras.KerasTensor  # (B,) float32 in [0, 1): mirrored below 0.5
    policy: tuple[LayerDraw, ...] | PolicyDraw
    cutout: keras.KerasTensor  # (B, 2) float32 in [0, 1): the centre
    erasing: EraseDraw
    mix: MixDraw


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is done to a batch, in this order; how strongly is said in each call.

    Args:
        horizontal_flip: whether half of the images, on average, are mirrored.
        policy: `randaugment`, or `autoaugment` for policy v0, which has magnitudes of its own.
        num_layers: operations that RandAugment applies to each image, 0 to 16.
        mode: of RandAugment: `adaptive`, whose strength grows with the magnitude and fits every image size, or
            `released`, as in the code that came with the paper.
        operations: names of RandAugment's operations; each image and layer gets one of them.
        cutout: side of a grey square in every image, in shorter sides of the image, in [0, 1]; 0 is off.
        erasing_rate: part of the images that lose a random box, in [0, 1]; 0 is off.
        layers: called one after the other with `{"images": ..., "labels": ...}` and `training=True`, as layers of Keras
            and keras-cv are. They draw from seeds of their own.
        cutmix_share: part of a batch that gets CutMix when MixUp is on too, in [0, 1].

    Raises:
        UsageError: for an unknown name or a number outside its range.

    Source: facts 1.5 (the operations and the released strengths) and 1.6 (MixUp and CutMix).
    """

    horizontal_flip: bool = True
    policy: str = "randaugment"
    num_layers: int = 2
    mode: str = "adaptive"
    operations: tuple[str, ...] = RELEASED_LIST
    cutout: float = 0.0
    erasing_rate: float = 0.0
    layers: tuple[Callable[..., Any], ...] = ()
    cutmix_share: float = 0.5

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise unknown_name("policy", self.policy, POLICIES)
        get_operations(self.operations, self.mode)
        check_range("num_layers", self.num_layers, 0, 16)
        for name in ("cutout", "erasing_rate", "cutmix_share"):
            check_range(name, getattr(self, name), 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Returns the settings as plain values, layers as Keras serialises them."""
        settings = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**settings, "layers": [keras.saving.serialize_keras_object(layer) for layer in self.layers]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Augmentation:
        """Builds the settings from `get_config`."""
        layers = tuple(keras.saving.deserialize_keras_object(layer) for layer in config["layers"])
        return cls(**{**config, "operations": tuple(config["operations"]), "layers": layers})

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
        """Draws and applies: see `draw` and `apply`.

        Raises:
            UsageError: as `apply`.
        """
        check_images(images)
        draw = self.draw(images.shape[0], seed)
        return self.apply(images, labels, draw, magnitude=magnitude, mixup=mixup, cutmix=cutmix)

    def draw(self, count: int, seed: keras.random.SeedGenerator) -> AugmentDraw:
        """Draws for a batch of `count` images.

        With a `StepSeed` the draw is a function of its seed and step, the same in eager mode, in a `tf.function`, under
        XLA and inside `tf.data`.

        Args:
            count: B.
            seed: a `StepSeed`, or any `SeedGenerator`.

        Returns:
            An `AugmentDraw` for `apply`.
        """
        return AugmentDraw(
            flip=uniform((count,), seed),
            policy=self._draw_policy(count, seed),
            cutout=uniform((count, 2), seed),
            erasing=draw_erasing(count, seed),
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
        """Changes a batch as drawn; pure, unless `layers` are not.

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
            UsageError: if images or labels have other shapes, or a plain number is outside its range.
        """
        check_images(images)
        check_labels(labels, images.shape[0])
        check_strengths(magnitude, mixup, cutmix)
        if self.horizontal_flip:
            images = flip(images, draw.flip < 0.5)
        images = self._apply_policy(images, draw, ops.cast(magnitude, "float32"))
        if self.cutout:
            images = square_cutout(images, draw.cutout, self.cutout)
        if self.erasing_rate:
            images = random_erasing(images, draw.erasing, self.erasing_rate)
        batch = {"images": images, "labels": ops.cast(labels, "float32")}
        for layer in self.layers:
            batch = layer(batch, training=True)
        return mix(**batch, draw=draw.mix, mixup=mixup, cutmix=cutmix, cutmix_share=self.cutmix_share)

    def _draw_policy(self, count: int, seed: keras.random.SeedGenerator) -> tuple[LayerDraw, ...] | PolicyDraw:
        if self.policy == "autoaugment":
            return draw_policy(count, seed)
        return draw_layers(count, self.num_layers, len(self.operations), seed)

    def _apply_policy(
        self, images: keras.KerasTensor, draw: AugmentDraw, magnitude: keras.KerasTensor
    ) -> keras.KerasTensor:
        """Returns (B, H, W, 3) float32, as it came if the policy is RandAugment and the magnitude 0."""
        if isinstance(draw.policy, PolicyDraw):
            return ops.cast(auto_augment(to_uint8(images), draw.policy), "float32")
        layers, operations = draw.policy, get_operations(self.operations, self.mode)
        return ops.cond(
            magnitude > 0,
            lambda: ops.cast(rand_augment(to_uint8(images), layers, magnitude, operations), "float32"),
            lambda: ops.cast(images, "float32"),
        )


def to_uint8(images: keras.KerasTensor) -> keras.KerasTensor:
    """Rounds float images of any shape to whole levels in [0, 255], uint8; those that are uint8 stay as they are."""
    if keras.backend.standardize_dtype(images.dtype) == "uint8":
        return images
    return ops.cast(ops.clip(ops.floor(ops.cast(images, "float32") + 0.5), 0.0, 255.0), "uint8")
