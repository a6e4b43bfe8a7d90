"""What a TFLite file loses against the Keras model, as data: what `parity.json` and the table hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from effnetv2_keras.export.lite.images import Truth
from effnetv2_keras.export.parity import Parity, compare, logits_of
from effnetv2_keras.models.head import Head

ROUNDING = 1e-9  # of shares that are counted


@dataclass(frozen=True, slots=True)
class SetParity:
    """One set of images.

    Args:
        name: "plain", or "shifted" for darker and noisier copies.
        num_images: in it.
        agreement: share of them whose best class is that of the Keras model.
        mean_logit_error: over images and classes; each image's mean is taken off its logits.
        max_logit_error: the largest.
        logit_spread: standard deviation of the Keras model's logits, to see the errors against.
        max_probability_error: the largest.
        top1: share whose best class is right, None where no labels are known.
        keras_top1: the same of the Keras model.
    """

    name: str
    num_images: int
    agreement: float
    mean_logit_error: float
    max_logit_error: float
    logit_spread: float
    max_probability_error: float
    top1: float | None = None
    keras_top1: float | None = None

    @property
    def drop(self) -> float:
        """What is lost: of top-1 where labels are known, else of agreement."""
        if self.top1 is None or self.keras_top1 is None:
            return 1.0 - self.agreement
        return self.keras_top1 - self.top1

    def exceeds(self, most: float) -> bool:
        """Tells whether more is lost than `most`; a single image is let through, or one of few would decide."""
        return self.drop > max(most, 1.0 / self.num_images) + ROUNDING

    def as_parity(self) -> Parity:
        """Returns what every kind of artefact says of itself."""
        return Parity(self.num_images, self.max_probability_error, self.max_logit_error, self.agreement)


@dataclass(frozen=True, slots=True)
class LiteParity:
    """A file against its Keras model.

    Args:
        precision: of the file.
        num_bytes: of the network in it.
        float32_bytes: of the same in float32.
        images: where the images come from, for people.
        sets: measured.
        latency_ratio: CPU time of a call, as a share of the float32 file's, one thread; None where not measured.
        channel_ratios: largest over median magnitude of a channel, see `diagnosis`; by when it was measured.
        calibrated_on: "plain" or "augmented" images, for int8.
        hybrid_blocks: blocks that an int8 file computes as a hybrid one does, the most damaged first.
        damage: mean logit error that goes away where a block alone is made hybrid, by block, most first.
        warning: why the file should not have been published.
    """

    precision: str
    num_bytes: int
    float32_bytes: int
    images: str
    sets: tuple[SetParity, ...]
    latency_ratio: float | None = None
    channel_ratios: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    calibrated_on: str = ""
    hybrid_blocks: tuple[str, ...] = ()
    damage: Mapping[str, float] = field(default_factory=dict)
    warning: str | None = None

    @property
    def plain(self) -> SetParity:
        """The images as they are."""
        return self.sets[0]

    def to_json(self, *, with_time: bool = True) -> str:
        """Returns it as JSON; without the time, the same export gives the same text."""
        values: dict[str, Any] = asdict(self)
        if not with_time:
            del values["latency_ratio"]
        return json.dumps(_rounded(values), indent=1, ensure_ascii=False) + "\n"


def set_parity(name: str, got: np.ndarray, expected: np.ndarray, head: Head, truth: Truth | None) -> SetParity:
    """Compares probabilities (N, K) of a file with those of the Keras model."""
    seen = compare(got, expected, head)
    logits = logits_of(expected, head)
    return SetParity(
        name=name,
        num_images=len(got),
        agreement=seen.agreement,
        mean_logit_error=float(np.abs(logits_of(got, head) - logits).mean()),
        max_logit_error=seen.max_logit_error,
        logit_spread=float(logits.std()),
        max_probability_error=seen.max_abs_error,
        top1=None if truth is None else _top1(got, truth),
        keras_top1=None if truth is None else _top1(expected, truth),
    )


def _top1(scores: np.ndarray, truth: Sequence[frozenset[int]]) -> float:
    best = scores.argmax(axis=1).tolist()
    return sum(one in shown for one, shown in zip(best, truth, strict=True)) / len(best)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
