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
from effnetv2_keras.export.lite.sweep import damage_of_blocks
from effnetv2_keras.export.lite.variety import augmented
from effnetv2_keras.export.lite.watch import Watch
from effnetv2_keras.export.subject import Subject

SWEPT_ON = 64  # images
SHARES = (0.25, 0.5, 0.75, 1.0)  # of the blocks that are made hybrid, tried one after the other


@dataclass(frozen=True, slots=True)
class Made:
    """A quantised network.

    Args:
        content: the file.
        sets: what it loses.
        channel_ratios: before and after equalisation.
        hybrid_blocks: the most damaged first.
        damage: of every block, where it was measured.
    """

    content: bytes
    sets: tuple[SetParity, ...]
    channel_ratios: Mapping[str, Mapping[str, float]]
    hybrid_blocks: tuple[str, ...] = ()
    damage: Mapping[str, float] = field(default_factory=dict)

    def loses(self, most: float) -> tuple[bool, bool]:
        """Tells whether more is lost than `most` on plain images, and on any set."""
        return self.sets[0].exceeds(most), any(one.exceeds(most) for one in self.sets)


def equalised(
    content: bytes, pixels: np.ndarray, watch: Watch
) -> tuple[LiteGraph, Ranges, dict[str, dict[str, float]]]:
    """Returns a float32 file equalised, its ranges, and the channel ratios before and after."""
    graph = LiteGraph(content)
    watch.begin("calibrating")
    ranges = measure_ranges(graph, list(pixels), watch.advance)
    ratios = {"before": channel_ratios(graph, ranges)}
    equalise(graph, ranges)
    ratios["after"] = channel_ratios(graph, ranges)
    return graph, ranges, ratios


def make_int8(
    content: bytes, subject: Subject, calibration: np.ndarray, measuring: Measuring, most: float, watch: Watch
) -> Made:
    """Returns the first int8 file that loses no more than `most` on any set of images, else the best.

    Args:
        content: the float32 file.
        subject: the Keras model.
        calibration: (N, S, S, 3) uint8; augmented copies are made of them.
        measuring: on images that are not among them.
        most: share of top-1, or of agreement, that may be lost.
        watch: told of progress.
    """
    graph, ranges, ratios = equalised(content, np.concatenate([calibration, augmented(calibration)]), watch)
    whole = to_int8(graph, ranges)
    best = Made(whole, measuring.measure(whole), ratios)
    if not any(best.loses(most)):
        return best
    scopes = block_scopes(graph, [layer.name for layer in subject.network.layers])
    damage = damage_of_blocks(graph, ranges, scopes, calibration[:SWEPT_ON], subject.head, watch)
    for blocks in _more_and_more(list(damage)):
        mixed = to_int8(graph, ranges, [scopes[block] for block in blocks])
        made = Made(mixed, measuring.measure(mixed), ratios, blocks, damage)
        best = min(best, made, key=lambda one: (*one.loses(most), one.sets[0].mean_logit_error))
        if not any(best.loses(most)):
            break
    return Made(best.content, best.sets, ratios, best.hybrid_blocks, damage)


def _more_and_more(blocks: list[str]) -> Iterator[tuple[str, ...]]:
    counts = dict.fromkeys(max(1, round(share * len(blocks))) for share in SHARES)
    return (tuple(blocks[:count]) for count in counts if blocks)
