"""Makes a file of any precision and measures it."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.export.lite.float_file import Converter, Ends, converting
from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.images import Views
from effnetv2_keras.export.lite.int8 import Made, equalised, make_int8
from effnetv2_keras.export.lite.lite_parity import LiteParity
from effnetv2_keras.export.lite.measuring import Measuring
from effnetv2_keras.export.lite.quantise import to_hybrid
from effnetv2_keras.export.lite.ranges import measure_ranges
from effnetv2_keras.export.lite.scores import latency_ratio
from effnetv2_keras.export.lite.watch import Watch
from effnetv2_keras.export.subject import Subject

EQUALISED_ON = 32  # images, where nothing but the equalisation needs ranges


@dataclass(frozen=True, slots=True)
class Making:
    """A file without labels yet, the float32 file it comes from, and what it loses."""

    content: bytes
    float32: bytes
    parity: LiteParity


def make(
    subject: Subject, precision: str, ends: Ends, calibration: Views, checked: Views, most: float, watch: Watch
) -> Making:
    """Converts and measures.

    Args:
        subject: the Keras model.
        precision: of the file.
        ends: what it takes and gives.
        calibration: images whose ranges count.
        checked: images to measure on.
        most: share of top-1, or of agreement, that may be lost.
        watch: told of progress.
    """
    watch.begin("converting")
    with converting(subject, ends) as converter:
        float32 = converter.convert("float32")
        measuring = Measuring(subject, checked, watch)
        made = _made(converter, precision, float32, subject, calibration, measuring, most, watch)
    ratio = None
    if precision != "float32":
        watch.begin("timing the file")
        ratio = latency_ratio(made.content, float32, measuring.image)
    parity = LiteParity(
        precision=precision,
        num_bytes=len(made.content),
        float32_bytes=len(float32),
        images=checked.origin,
        sets=made.sets,
        latency_ratio=ratio,
        channel_ratios=made.channel_ratios,
        calibrated_on=made.calibrated_on,
        hybrid_blocks=made.hybrid_blocks,
        damage=made.damage,
    )
    return Making(made.content, float32, parity)


def _made(
    converter: Converter,
    precision: str,
    float32: bytes,
    subject: Subject,
    calibration: Views,
    measuring: Measuring,
    most: float,
    watch: Watch,
) -> Made:
    if precision == "int8":
        return make_int8(float32, subject, calibration.pixels, measuring, most, watch)
    if precision == "hybrid":
        watch.begin("calibrating")
        ranges = measure_ranges(LiteGraph(float32), list(calibration.pixels[:EQUALISED_ON]), watch.advance)
        even = equalised(float32, ranges)
        content = to_hybrid(bytes(even.graph.content))
        return Made(content, measuring.measure(content), even.channel_ratios)
    watch.begin("converting")
    content = float32 if precision == "float32" else converter.convert(precision, list(calibration.pixels))  # type: ignore[arg-type]
    return Made(content, measuring.measure(content), {})
