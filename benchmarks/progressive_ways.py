"""What progressive training is held against: a network, its data, and each way to train it, as tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from glyphs import CLASSES, MADE_BY

from effnetv2_keras.configs.phase_list import PhaseList, PhaseRow
from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.configs.schema import ModelConfig, Stage

SIDE = 64  # px, at which everything is measured
BATCH = 32
PEAK, WARMUP = 4e-3, 1  # of AdamW; epochs
WEIGHT_DECAY = 1e-2
IMAGES = (3200, 2000)  # to train on, to measure on
LENGTHS = {"short": 14, "middle": 28, "long": 56}  # epochs of the ways that are not cut

# Convolutions and shortcuts alone, as a ResNet has them: many steps fit into a minute.
# fmt: off
NETWORK = ModelConfig(
    "glyphs",
    (
        #     operator kernel stride expand channels layers
        Stage("fused",    3,     2,     1,       16,     1),
        Stage("fused",    3,     2,     1,       32,     2),
        Stage("fused",    3,     1,     1,       48,     2),
    ),
    stem=8, head=192, eval_size=SIDE, dropout=0.2, drop_path=0.0, activation="relu",
)
OPERATIONS = ("Rotate", "ShearX", "ShearY", "Contrast", "Brightness")  # what leaves a letter the letter it is
#            RandAugment, dropout
STRENGTHS = {
    "best":   (3.0,         0.15),  # of those tried at the long length; at the short one level with "weak"
    "weak":   (1.0,         0.1),
    "strong": (4.5,         0.2),
    "none":   (0.0,         0.0),
}
PHASES = (
    # share of the epochs, px, RandAugment, dropout
    (0.35,                 32,     2.0,     0.1),
    (0.2,                  40,     3.0,     0.15),
    (0.2,                  48,     3.0,     0.15),
    (0.25,                 64,     4.0,     0.2),
)
WEAKER = (
    (0.35,                 32,     0.5,     0.0),
    (0.2,                  40,     1.0,     0.05),
    (0.2,                  48,     2.0,     0.1),
    (0.25,                 64,     3.0,     0.15),
)
EVEN = (  # the sizes of the schedules of the paper's networks, in equal steps
    (0.3,                  32,     0.5,     0.0),
    (0.2,                  42,     1.0,     0.05),
    (0.2,                  52,     2.0,     0.1),
    (0.3,                  64,     3.0,     0.15),
)
HALF_SMALL = (
    (0.5,                  32,     0.5,     0.0),
    (0.25,                 48,     1.5,     0.1),
    (0.25,                 64,     3.0,     0.15),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Setup:
    """What the trainings of a comparison share.

    Attributes:
        network: what is trained.
        num_classes: of the pictures.
        side: px, at which everything is measured.
        batch: images a step, where a phase has no other.
        peak: of AdamW's learning rate.
        warmup: epochs that it rises in.
        weight_decay: decoupled; not of biases and BatchNorm.
        operations: of RandAugment.
        num_layers: operations an image gets.
        flip: mirror half of the pictures, which no letter stands.
    """

    network: ModelConfig = NETWORK
    num_classes: int = len(CLASSES)
    side: int = SIDE
    batch: int = BATCH
    peak: float = PEAK
    warmup: int = WARMUP
    weight_decay: float = WEIGHT_DECAY
    operations: tuple[str, ...] = OPERATIONS
    num_layers: int = 1
    flip: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A way to train.

    Attributes:
        strength: of `STRENGTHS`, where the size is fixed.
        phases: where it is not: rows of share of the epochs, px, RandAugment, dropout.
        held: share of the training at the peak of the learning rate, before a cosine to 0; 0 is one cosine.
        batches: images a step, phase by phase; None for `BATCH` in all.
        size: px, where the size is fixed.
        is_main: whether it is trained where none is named; the others are levers that were tried.
    """

    strength: str = "best"
    phases: tuple[tuple[float, int, float, float], ...] = ()
    held: float = 0.7
    batches: tuple[int, ...] | None = None
    size: int = SIDE
    is_main: bool = False

    def schedule(self, epochs: int) -> Schedule:
        """Returns the phases of a training of `epochs`."""
        rows = self.phases or ((1.0, self.size, *STRENGTHS[self.strength]),)
        batches = self.batches or (BATCH,) * len(rows)
        ends = [0, *(round(epochs * sum(row[0] for row in rows[: index + 1])) for index in range(len(rows)))]
        return PhaseList(
            tuple(
                PhaseRow(ends[index + 1] - ends[index], size, randaugment=magnitude, dropout=rate, batch_size=batch)
                for index, ((_, size, magnitude, rate), batch) in enumerate(zip(rows, batches, strict=True))
            )
        )


def settings(way: Way) -> str:
    """Returns all that a training depends on beside its length and its seed; another text is another training."""
    shared = (NETWORK, OPERATIONS, SIDE, BATCH, PEAK, WARMUP, WEIGHT_DECAY, IMAGES, MADE_BY)
    own = (STRENGTHS[way.strength], way.phases, way.held, way.batches, way.size)
    return hashlib.sha256(repr((shared, own)).encode()).hexdigest()[:12]


BESIDE, PROGRESSIVE, CUT = "fixed", "progressive", "fixed, cut to its time"
WEAK, WEAK_PROGRESSIVE, WEAK_CUT = "fixed, weak", "progressive, weaker", "fixed, weak, cut to its time"
CUTS = {CUT: (BESIDE, PROGRESSIVE), WEAK_CUT: (WEAK, WEAK_PROGRESSIVE)}  # what is cut to whose time
# fmt: off
WAYS = {
    BESIDE:                                Way("best", is_main=True),
    PROGRESSIVE:                           Way(phases=PHASES, is_main=True),
    CUT:                                   Way("best", is_main=True),
    "progressive, larger batches":         Way(phases=PHASES, batches=(64, 64, 32, 32), is_main=True),
    WEAK:                                  Way("weak", is_main=True),
    WEAK_PROGRESSIVE:                      Way(phases=WEAKER, is_main=True),
    WEAK_CUT:                              Way("weak", is_main=True),
    "progressive, weaker, larger batches": Way(phases=WEAKER, batches=(64, 64, 32, 32), is_main=True),
    "fixed, strong":                       Way("strong"),
    "fixed, no regularisation":            Way("none"),
    "fixed, weak, one cosine":             Way("weak", held=0.0),
    "fixed, weak, 48 px":                  Way("weak", size=48),
    "progressive, weaker, one cosine":     Way(phases=WEAKER, held=0.0),
    "progressive, weaker, even sizes":     Way(phases=EVEN),
    "progressive, weaker, half small":     Way(phases=HALF_SMALL),
}
# fmt: on
