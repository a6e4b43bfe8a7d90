"""The verb `effnetv2 explain`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes
from effnetv2_keras.errors import UsageError

MOST = 40  # rows of a picture


def explain(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A run, a SavedModel folder or a .tflite file.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE|DIR...", help="Files and folders of them.")],
    out: Annotated[Path, typer.Option(help="The PNG to write.")] = Path("explained.png"),
    label: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="Explain this class, not the best of each picture.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a run: an earlier layer gives finer maps.")
    ] = None,
) -> None:
    """Draw where a model looks: what on a picture speaks for a class."""
    load_tensorflow()
    from effnetv2_keras.cli.output import none_readable
    from effnetv2_keras.inference.answer import image_paths, photos_of_files
    from effnetv2_keras.inference.predictor import load_predictor
    from effnetv2_keras.report.explain_picture import draw_explanations
    from effnetv2_keras.report.explanations import explain_photos

    paths = image_paths(images)
    if len(paths) > MOST:
        raise UsageError(f"Pictures must be at most {MOST}, a row each. Got: {len(paths)}.")
    with without_native_notes():
        predictor = load_predictor(model)
    drawn = []
    for one in explain_photos(predictor, photos_of_files(paths), label, layer):
        if one.error is not None:
            print(f"{one.path}: {one.error}", file=sys.stderr)
            continue
        print(f"{one.path}: {one.label} {one.score:.3f}", flush=True)
        drawn.append(one)
    if not drawn:
        raise none_readable(len(paths))
    draw_explanations(drawn, out)
    print(f"wrote {out}")
