"""The verb `effnetv2 predict`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes
from effnetv2_keras.errors import UsageError

if TYPE_CHECKING:
    from effnetv2_keras.inference.answer import Answer


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A run, a SavedModel folder or a .tflite file.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE|DIR...", help="Files and folders of them.")],
    top: Annotated[int, typer.Option(help="Classes an image.")] = 5,
    tta: Annotated[
        str | None, typer.Option(metavar="VIEWS", help="The mean over several views of each, as for evaluate.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, nothing else.")] = False,
) -> None:
    """Say what is on pictures."""
    from effnetv2_keras.inference.views import parse_views

    views = None if tta is None else parse_views("--tta", tta)
    load_tensorflow()
    from effnetv2_keras.inference.answer import Predictor, answers, image_paths, photos_of_files
    from effnetv2_keras.inference.averaged_views import AveragedViews
    from effnetv2_keras.inference.predictor import load_predictor

    if top < 1:
        raise UsageError(f"`--top` must be at least 1. Got: {top}.")
    paths = image_paths(images)
    with without_native_notes():
        loaded = load_predictor(model)
    predictor: Predictor = loaded if views is None else AveragedViews(loaded, views)
    print_answers(answers(predictor, photos_of_files(paths), top), len(paths), as_json=as_json)


def print_answers(found: Iterable[Answer], count: int, *, as_json: bool) -> None:
    """Prints a line for each of `count` images.

    Raises:
        DataError: if none of them could be read.
    """
    from effnetv2_keras.cli.output import none_readable

    unread = 0
    for answer in found:
        unread += answer.error is not None
        print(json.dumps(_plain(answer)) if as_json else _sentence(answer), flush=True)
    if unread == count:
        raise none_readable(count)
    if unread:
        print(f"{unread} of {count} images could not be read", file=sys.stderr)


def _plain(answer: Answer) -> dict:
    from effnetv2_keras.inference.answer import DIGITS

    if answer.error is not None:
        return {"path": answer.path, "error": answer.error}
    best = [
        {"label": label, "score": round(score, DIGITS)}
        for label, score in zip(answer.labels, answer.scores, strict=True)
    ]
    return {"path": answer.path, "predictions": best}


def _sentence(answer: Answer) -> str:
    if answer.error is not None:
        return f"{answer.path}: {answer.error}"
    best = "  ".join(f"{label} {score:.3f}" for label, score in zip(answer.labels, answer.scores, strict=True))
    return f"{answer.path}: {best}"
