"""int8 that holds: equalised, calibrated on what deployment shows, and hybrid where a block cannot bear it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from effnetv2_keras.export.lite.blocks import block_scopes
from effnetv2_keras.export.lite.diagnosis import channel_ratios
from effnetv2_keras.export.lite.equalise import equalise
from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.lite_parity import SetParity
from effnetv2_keras.export.lite.measuring import Measuring
from effnetv2_keras.export.lite.quantise import to_int8
from effnetv2_keras.export.lite.ranges import Ranges, measure_ranges
from effnetv2_keras.export.lite.scores import scores_of_file
from effnetv2_keras.export.lite.sweep import damage_of_blocks, mean_logit_error
from effnetv2_keras.export.lite.variety import augmented, shifted
from effnetv2_keras.export.lite.watch import Watch
from effnetv2_keras.export.subject import Subject
from effnetv2_keras.models.head import Head

SWEPT_ON = 64  # images
SHARES = (0.25, 0.5, 0.75, 1.0)  # of the blocks that are made hybrid, tried one after the other


@dataclass(frozen=True, slots=True)
class Made:
    """A quantised network.

    Args:
        content: the file.
        sets: what it loses.
        channel_ratios: before and after equalisation.
        calibrated_on: "plain" or "augmented" images, whichever came nearer to float32; "" where nothing was to choose.
        hybrid_blocks: the most damaged first.
        damage: of every block, where it was measured.
    """

    content: bytes
    sets: tuple[SetParity, ...]
    channel_ratios: Mapping[str, Mapping[str, float]]
    calibrated_on: str = ""
    hybrid_blocks: tuple[str, ...] = ()
    damage: Mapping[str, float] = field(default_factory=dict)

    def loses(self, most: float) -> tuple[bool, bool]:
        """Tells whether more is lost than `most` on plain images, and on any set."""
        return self.sets[0].exceeds(most), any(one.exceeds(most) for one in self.sets)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A float32 file equalised by ranges, these ranges, and its channel ratios before and after."""

    graph: LiteGraph
    ranges: Ranges
    channel_ratios: Mapping[str, Mapping[str, float]]


def equalised(content: bytes, ranges: Ranges) -> Calibrated:
    """Returns a float32 file with its channels of one size; `ranges` become those of the result."""
    graph = LiteGraph(content)
    before = channel_ratios(graph, ranges)
    equalise(graph, ranges)
    return Calibrated(graph, ranges, {"before": before, "after": channel_ratios(graph, ranges)})


def calibrated(content: bytes, pixels: np.ndarray, head: Head, watch: Watch) -> tuple[str, Calibrated]:
    """Returns a float32 file with the ranges that its int8 file comes nearer with, and which ones these are.

    Augmented copies make the ranges wider: nothing unforeseen is cut off, and every step is coarser. Which of the two
    weighs more is tried, on calibration images and shifted copies of them.
    """
    watch.begin("calibrating")
    plain = measure_ranges(LiteGraph(content), list(pixels), watch.advance)
    added = measure_ranges(LiteGraph(content), list(augmented(pixels)), watch.advance)
    judged = pixels[: SWEPT_ON // 2]
    judged = np.concatenate([judged, shifted(judged)])
    expected = scores_of_file(content, judged)
    found = {name: equalised(content, ranges) for name, ranges in (("plain", plain), ("augmented", plain.wider(added)))}
    errors = {
        name: mean_logit_error(to_int8(one.graph, one.ranges), judged, expected, head) for name, one in found.items()
    }
    best = min(errors, key=lambda name: errors[name])
    return best, found[best]


def make_int8(
    content: bytes, subject: Subject, calibration: np.ndarray, measuring: Measuring, most: float, watch: Watch
) -> Made:
    """Returns the first int8 file that loses no more than `most` on any set of images, else the best.

    Args:
        content: the float32 file.
        subject: the Keras model.
        calibration: (N, S, S, 3) uint8; see `calibrated`.
        measuring: on images that are not among them.
        most: share of top-1, or of agreement, that may be lost.
        watch: told of progress.
    """
    on, found = calibrated(content, calibration, subject.head, watch)
    graph, ranges, ratios = found.graph, found.ranges, found.channel_ratios
    whole = to_int8(graph, ranges)
    best = Made(whole, measuring.measure(whole), ratios, on)
    if not any(best.loses(most)):
        return best
    scopes = block_scopes(graph, [layer.name for layer in subject.network.layers])
    damage = damage_of_blocks(graph, ranges, scopes, calibration[:SWEPT_ON], subject.head, watch)
    for blocks in _more_and_more(list(damage)):
        mixed = to_int8(graph, ranges, [scopes[block] for block in blocks])
        made = Made(mixed, measuring.measure(mixed), ratios, on, blocks, damage)
        best = min(best, made, key=lambda one: (*one.loses(most), one.sets[0].mean_logit_error))
        if not any(best.loses(most)):
            break
    return Made(best.content, best.sets, ratios, on, best.hybrid_blocks, damage)


def _more_and_more(blocks: list[str]) -> Iterator[tuple[str, ...]]:
    counts = dict.fromkeys(max(1, round(share * len(blocks))) for share in SHARES)
    return (tuple(blocks[:count]) for count in counts if blocks)
