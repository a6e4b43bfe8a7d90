"""Writes a TFLite file that a phone can run: one image in, probabilities out, labels inside, checked before."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import keras

from effnetv2_keras.configs.rules import check_choice
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.exported import Exported
from effnetv2_keras.export.lite.float_file import Ends, Input
from effnetv2_keras.export.lite.gate import check_answers, check_contents, check_unchanged
from effnetv2_keras.export.lite.images import Views, calibration_and_held_out, held_out, stand_in
from effnetv2_keras.export.lite.lite_parity import LiteParity
from effnetv2_keras.export.lite.making import Making, make
from effnetv2_keras.export.lite.options import LiteOptions
from effnetv2_keras.export.lite.quantise import check_quantizer
from effnetv2_keras.export.lite.verdict import CALIBRATED, AccuracyLost, advice, complaint, notes_on
from effnetv2_keras.export.lite.watch import Watch
from effnetv2_keras.export.lite_metadata import add_metadata, with_texts
from effnetv2_keras.export.subject import Subject, as_evaluated, make_subject
from effnetv2_keras.export.trained import Trained, open_trained
from effnetv2_keras.files.atomic import write_text, write_whole

Precision = Literal["float32", "float16", "hybrid", "dynamic", "int8", "int16x8"]
PRECISIONS = get_args(Precision)
BY_QUANTIZER = ("hybrid", "int8")
PARITY = "parity.json"


def export_tflite(
    model: keras.Model | Trained | str | os.PathLike,
    path: str | os.PathLike,
    *,
    labels: Sequence[str] | None = None,
    precision: Precision = "hybrid",
    calibrate_on: Any = None,
    input: Input = "uint8",
    image_size: int | None = None,
    preprocessing: str | None = None,
    max_accuracy_drop: float = 0.01,
    options: LiteOptions = LiteOptions(),  # noqa: B008  frozen
) -> Exported:
    """Writes a TFLite file with the signature `image` -> `probabilities`, built-in operations only.

    `image` is (1, S, S, 3), a photo as `inference.pixels.read_pixels` gives it; normalisation and softmax are inside,
    in float32 whatever the precision. The file has labels and metadata in it where MediaPipe looks for them. Before it
    gets its name it is taken apart, run, and measured against the Keras model, on images as they are and on darker,
    noisier copies; what came out is in the file and beside it, as `<name>.parity.json`.

    | precision | weights | computes in | needs |
    |---|---|---|---|
    | `float32`, `float16` | as named | float32 | |
    | `hybrid` | int8 | int8 with ranges that each image decides; depthwise in float32 | `[tflite]` |
    | `dynamic` | int8 | the same, depthwise too: slower and less exact | |
    | `int8` | int8 | int8 with ranges decided beforehand; damaged blocks hybrid | `[tflite]`, your images |
    | `int16x8` | int8 | int16: exact, and slow on a CPU | your images |

    Args:
        model: a `Classifier`, with the moving average of its weights if it has one, a network, or a run directory or
            what `open_trained` returns for it; gives logits, a softmax or a sigmoid.
        path: the file to write.
        labels: a name a class, in order; None for those of the run, else "0", "1" and so on.
        precision: see above.
        calibrate_on: images such as the phone will see: a data set as `open_source` takes it (best: accuracy can be
            measured), a folder or paths of images without labels, or an array (N, S, S, 3) uint8 in [0, 255]. Some are
            calibrated on, the others measured on.
        input: uint8, or float32 in [0, 255] as well.
        image_size: S, px, at least 32; None is the size of the last validation, else of the last phase, else the
            model's own.
        preprocessing: which part of a photo is seen, as in `make_dataset`; None for that of the run, else see
            `make_subject`.
        max_accuracy_drop: share of top-1, or of agreement with the Keras model where the images have no labels, on
            images that you gave, in [0, 1]; one image is always let through.
        options: the rest.

    Returns:
        An `Exported`: `.lite` is all that was measured.

    Raises:
        UsageError: if a setting breaks a rule, a package is missing, or more is lost than `max_accuracy_drop`.
        DataError: if there are too few images that can be read, or `model` is a path that is no run with weights.
        RuntimeError: if the written file could not run on a phone, or strays from `model` further than its precision
            explains.
    """
    _check(precision, input, calibrate_on, max_accuracy_drop)
    trained = open_trained(model, labels, preprocessing)
    subject = make_subject(trained.model, trained.labels, image_size, trained.preprocessing)
    if options.output == "logits" and subject.head != "logits":
        raise UsageError(f"`output` can be logits where the network gives some. Got: a {subject.head}.")
    ends = Ends(input, options.output)
    watch = Watch(options.told)
    calibration, checked = _images(subject, calibrate_on, options, watch)
    with as_evaluated(trained.model):
        made = make(subject, precision, ends, calibration, checked, max_accuracy_drop, watch)
        check_contents(made.content, precision, ends, subject, made.float32)
    parity = _judge(made.parity, checked, max_accuracy_drop, options)
    content = _described(made, parity, subject, ends)
    check_unchanged(content, made.content, checked.pixels)
    write_whole(Path(path), lambda aside: _write(aside, content))
    write_text(Path(path).with_suffix(f".{PARITY}"), parity.to_json())
    seen, notes = parity.plain, notes_on(parity, max_accuracy_drop) if checked.are_own else ()
    return Exported(
        Path(path), len(content), subject.image_size, seen.max_probability_error, seen.as_parity(), notes, parity
    )


def _check(precision: str, input: str, calibrate_on: Any, max_accuracy_drop: float) -> None:
    check_choice("precision", precision, PRECISIONS)
    check_choice("input", input, get_args(Input))
    if not 0.0 <= max_accuracy_drop <= 1.0:
        raise UsageError(f"`max_accuracy_drop` must be a share between 0 and 1. Got: {max_accuracy_drop}.")
    if precision in CALIBRATED and calibrate_on is None:
        raise UsageError(
            f"`calibrate_on` must give images such as the phone will see for a {precision} file. Got: none."
        )
    check_installed(precision)


def check_installed(precision: str) -> None:
    """Refuses to begin where what makes a file of this precision is not installed.

    Raises:
        UsageError: that names what to install, and what works without.
    """
    if precision in BY_QUANTIZER:
        check_quantizer()


def _images(subject: Subject, calibrate_on: Any, options: LiteOptions, watch: Watch) -> tuple[Views, Views]:
    """Returns what is calibrated on and what is measured on."""
    watch.begin("reading images")
    checked = None if options.check_on is None else held_out(options.check_on, subject, options.num_checked)
    if calibrate_on is None:
        return stand_in(subject), checked or stand_in(subject)
    calibration, rest = calibration_and_held_out(
        calibrate_on, subject, (options.num_calibration, 1 if checked else options.num_checked)
    )
    return calibration, checked or rest


def _judge(parity: LiteParity, checked: Views, most: float, options: LiteOptions) -> LiteParity:
    """Lets a file through, perhaps with a warning; how much may be lost counts on images of the user's own."""
    check_answers(parity.plain, parity.precision)
    wrong = complaint(parity, most) if checked.are_own else None
    if wrong is not None and not options.force:
        raise AccuracyLost(f"{wrong} {advice(parity)}", parity)
    return replace(parity, warning=wrong)


def _described(made: Making, parity: LiteParity, subject: Subject, ends: Ends) -> bytes:
    """Returns the file with metadata, labels and what was measured in it."""
    warning = f" Warning: {parity.warning}" if parity.warning else ""
    seen = parity.plain
    described = add_metadata(
        made.content,
        name=subject.network.name,
        description=f"{parity.precision}, {subject.image_size} px, {len(subject.labels)} classes; the same best class "
        f"as the Keras model on {seen.agreement:.1%} of {seen.num_images} images.{warning}",
        labels=subject.labels,
        preprocessing=subject.preprocessing,
        output=ends.output,
    )
    return with_texts(described, {PARITY: parity.to_json(with_time=False)})


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
