"""Augmentation as a Keras layer, for datasets and models that are not ours."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.augment.checks import check_strengths
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed
from effnetv2_keras.errors import UsageError

STRENGTHS = ("magnitude", "mixup", "cutmix")


@keras.saving.register_keras_serializable("effnetv2_keras")
class Augment(keras.layers.Layer):
    """Augments batches; `dataset.batch(32, drop_remainder=True).map(Augment(magnitude=9))`.

    `Classifier` needs no such layer, it calls `Augmentation` in its step. On TensorFlow the layer works inside
    `tf.data` too. Its strengths are variables: `layer.magnitude.assign(12)` holds from the next batch on, without a
    new trace.

    Each call draws from its seed and a step. The step is counted by the layer, unless it is given: a map with parallel
    calls counts in no fixed order, `dataset.enumerate().map(lambda step, batch: layer(*batch, step=step))` does.

    Args:
        augmentation: what is done; by default flip and RandAugment.
        magnitude: of RandAugment, 0 to 30.
        mixup: alpha of MixUp, at least 0; 0 is off.
        cutmix: alpha of CutMix, at least 0; 0 is off.
        seed: of all draws.

    Raises:
        UsageError: if a strength is outside its range.
    """

    def __init__(
        self,
        augmentation: Augmentation | None = None,
        *,
        magnitude: float = 10.0,
        mixup: float = 0.0,
        cutmix: float = 0.0,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        check_strengths(magnitude, mixup, cutmix)
        super().__init__(**{"autocast": False, **kwargs})
        self.mixes = mixup > 0 or cutmix > 0
        self.augmentation = augmentation or Augmentation()
        self.seed = seed
        self.magnitude = self._strength("magnitude", magnitude)
        self.mixup = self._strength("mixup", mixup)
        self.cutmix = self._strength("cutmix", cutmix)
        self.step = self.add_weight(name="step", shape=(), dtype="int32", initializer="zeros", trainable=False)
        self.built = True

    def call(
        self, images: Any, labels: keras.KerasTensor | None = None, step: Any = None, training: bool = True
    ) -> Any:
        """Augments one batch.

        Args:
            images: (B, H, W, 3) in [0, 255], uint8 or float; or a dictionary of `images` and `labels`.
            labels: (B, K) float32, rows sum to 1; None if there are none, which a layer that mixes refuses.
            step: number of the batch; None counts on from the last one.
            training: False returns the batch as it came, images as float32.

        Returns:
            Images and labels the way they came: alone, as two, or as a dictionary. Images float32 in [0, 255].

        Raises:
            UsageError: if images or labels have other shapes, or labels are missing that would have to be mixed.
        """
        if isinstance(images, dict):
            both = self.call(images["images"], images["labels"], step=step, training=training)
            return dict(zip(("images", "labels"), both, strict=True))
        if not training:
            return ops.cast(images, "float32") if labels is None else (ops.cast(images, "float32"), labels)
        if step is None:
            step = ops.convert_to_tensor(self.step)
            self.step.assign_add(1)
        seed = StepSeed(self.seed, step)
        strengths = {name: ops.convert_to_tensor(getattr(self, name)) for name in STRENGTHS}
        if labels is None:
            if self.mixes:
                raise UsageError("`labels` must come with the images where MixUp or CutMix is on. Got: None.")
            return self._without_labels(images, strengths["magnitude"], seed)
        return self.augmentation(images, labels, **strengths, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this layer again, with the strengths as they stand now."""
        strengths = {name: float(ops.convert_to_tensor(getattr(self, name))) for name in STRENGTHS}
        return {**super().get_config(), **strengths, "seed": self.seed, "augmentation": self.augmentation.get_config()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Augment:
        """Builds the layer from `get_config`."""
        return cls(**{**config, "augmentation": Augmentation.from_config(config["augmentation"])})

    def _strength(self, name: str, value: float) -> keras.Variable:
        return self.add_weight(
            name=name, shape=(), dtype="float32", initializer=keras.initializers.Constant(value), trainable=False
        )

    def _without_labels(
        self, images: keras.KerasTensor, magnitude: keras.KerasTensor, seed: StepSeed
    ) -> keras.KerasTensor:
        empty = ops.zeros((images.shape[0], 1))
        return self.augmentation(images, empty, magnitude=magnitude, mixup=0.0, cutmix=0.0, seed=seed)[0]
