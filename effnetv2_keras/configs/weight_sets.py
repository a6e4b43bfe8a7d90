"""The released weights, and what they were trained with: a network is right only with the pixels of its weights.

Source: facts 1.1 (sizes), 1.4 (normalisation and crop), 1.7 (addresses) and 1.8 (which were published).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from effnetv2_keras.configs.registry import CONFIGS
from effnetv2_keras.errors import UsageError, unknown_name

STORE = "https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet"
# The 1,000 classes of ILSVRC 2012, and the 21,843 of the full ImageNet (winter 2021 has fewer).
LABELS = {1000: f"{STORE}/v2/imagenet1k_labels.txt", 21_843: f"{STORE}/v2/imagenet21k_labels.txt"}


@dataclass(frozen=True, slots=True)
class WeightSet:
    """One released set of weights.

    Attributes:
        model: name of the network.
        tag: what `create_model(weights=)` calls it, such as "imagenet21k".
        num_classes: that its classifier tells apart.
        labels: address of their names, a line each.
        pixels: how [0, 255] is normalised, see `ModelConfig`.
        preprocessing: which part of a photo is seen, a row of `PREPROCESSING`.
        eval_size: image side it was measured at, px.
        url: address of the archive.
        source: where the facts come from.
    """

    model: str
    tag: str
    num_classes: int
    labels: str
    pixels: str
    preprocessing: str
    eval_size: int
    url: str
    source: str

    def __str__(self) -> str:
        return f"{self.model}:{self.tag}"

    @property
    def file_name(self) -> str:
        """Name of the file in our own format, in this package's folder of Keras's cache."""
        return f"{self.model}-{self.tag}.weights.h5"


@dataclass(frozen=True, slots=True)
class Release:
    """A tag: the networks it was published for, and what all of them share."""

    tag: str
    models: tuple[str, ...]
    archive: str  # under STORE; {model} and {size} ("b0") stand for the network
    num_classes: int
    pixels: str
    preprocessing: str
    source: str


def _v2(*sizes: str) -> tuple[str, ...]:
    return tuple(f"efficientnetv2-{size}" for size in sizes)


def _v1(last: int) -> tuple[str, ...]:
    return tuple(f"efficientnet-b{size}" for size in range(last + 1))


SMALL, LARGE = ("b0", "b1", "b2", "b3"), ("s", "m", "l")
V2, V1 = "google/automl, efficientnetv2", "tensorflow/tpu, models/official/efficientnet"
NOISY, FT = "noisystudent/noisy_student_efficientnet", "finetune"
# fmt: off
RELEASES = (
    #        tag                 models                      archive                     classes pixels       photo
    Release("imagenet",          _v2(*SMALL),                "v2/{model}.tgz",            1000, "imagenet",  "v1", V2),
    Release("imagenet",          _v2(*LARGE),                "v2/{model}.tgz",            1000, "symmetric", "v2", V2),
    Release("imagenet21k",       _v2(*SMALL, *LARGE, "xl"),  "v2/{model}-21k.tgz",      21_843, "symmetric", "v2", V2),
    Release("imagenet21k-ft1k",  _v2(*SMALL, *LARGE, "xl"),  "v2/{model}-21k-ft1k.tgz",   1000, "inception", FT, V2),
    Release("imagenet",          _v1(5),                     "ckpts/{model}.tar.gz",      1000, "imagenet",  "v1", V1),
    Release("autoaugment",       _v1(7),                     "ckptsaug/{model}.tar.gz",   1000, "imagenet",  "v1", V1),
    Release("advprop",           _v1(8),                     "advprop/{model}.tar.gz",    1000, "inception", "v1", V1),
    Release("noisy-student",     _v1(7),                     NOISY + "-{size}.tar.gz",    1000, "imagenet",  "v1", V1),
    Release("noisy-student",     ("efficientnet-l2",),       NOISY + "-l2.tar.gz",        1000, "imagenet",  "v1", V1),
    Release("noisy-student-475", ("efficientnet-l2",),       NOISY + "-l2_475.tar.gz",    1000, "imagenet",  "v1", V1),
)
SIZES = {"noisy-student-475": 475}  # px, where a set is not measured at its network's own size
# fmt: on


def _rows() -> Iterator[WeightSet]:
    for release in RELEASES:
        for model in release.models:
            archive = release.archive.format(model=model, size=model.rpartition("-")[2])
            yield WeightSet(
                model=model,
                tag=release.tag,
                num_classes=release.num_classes,
                labels=LABELS[release.num_classes],
                pixels=release.pixels,
                preprocessing=release.preprocessing,
                eval_size=SIZES.get(release.tag, CONFIGS[model].eval_size),
                url=f"{STORE}/{archive}",
                source=release.source,
            )


WEIGHT_SETS: tuple[WeightSet, ...] = tuple(_rows())
TAGS = tuple(dict.fromkeys(release.tag for release in RELEASES))


def tags_of(model: str) -> tuple[str, ...]:
    """Returns the tags of the weights that were released for `model`.

    >>> tags_of("efficientnetv2-s")
    ('imagenet', 'imagenet21k', 'imagenet21k-ft1k')
    """
    return tuple(row.tag for row in WEIGHT_SETS if row.model == model)


def get_weight_set(model: str, tag: str) -> WeightSet:
    """Returns the weights called `tag` of the network called `model`.

    Raises:
        UsageError: with those that `model` has, if this is none of them.
    """
    if tag not in TAGS:
        raise unknown_name("weights", tag, TAGS)
    for row in WEIGHT_SETS:
        if (row.model, row.tag) == (model, tag):
            return row
    there_are = ", ".join(tags_of(model)) or "none"
    raise UsageError(f"`weights` of {model} must be of those released for it: {there_are}. Got: {tag!r}.")
