"""The verb `effnetv2 export`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes
from effnetv2_keras.errors import UsageError


class Format(StrEnum):
    """What a run can be exported to."""

    SAVED_MODEL = "saved_model"
    TFLITE = "tflite"
    ONNX = "onnx"


class Precision(StrEnum):
    """What an artefact holds its weights in."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    DYNAMIC = "dynamic"


# fmt: off
TAKES = {
    Format.SAVED_MODEL: (Precision.FLOAT32, Precision.BFLOAT16),
    Format.TFLITE:      (Precision.FLOAT32, Precision.FLOAT16, Precision.DYNAMIC),
    Format.ONNX:        (Precision.FLOAT32,),
}
# fmt: on


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's directory.")],
    to: Annotated[list[Format], typer.Option("--to", help="May be given several times.")],
    out: Annotated[Path | None, typer.Option(help="Where to; default RUN/export.")] = None,
    name: Annotated[str | None, typer.Option(help="The model's name; default that of the run.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Px; default that of the run's validation.")] = None,
    precision: Annotated[
        Precision | None,
        typer.Option(help="bfloat16 is for a SavedModel, float16 and dynamic for TFLite; default float32."),
    ] = None,
    version: Annotated[int | None, typer.Option(help="Of the SavedModel; default one above the highest.")] = None,
    top_k: Annotated[int, typer.Option("--top-k", help="Classes in an answer of the SavedModel.")] = 5,
    formats: Annotated[str, typer.Option(help="Image files that the SavedModel takes.")] = "jpeg,png,gif,bmp",
    batch_sizes: Annotated[str, typer.Option(help="That the SavedModel's server is warmed up with.")] = "1,8,32",
    features: Annotated[bool, typer.Option("--features", help="Adds a signature for features.")] = False,
    check_on: Annotated[
        list[Path] | None, typer.Option("--check-on", help="Photos, or a folder, to compare on.")
    ] = None,
) -> None:
    """Write a run's best model as a SavedModel, a TFLite file or an ONNX file.

    The SavedModel goes to OUT/NAME/<version>, ready for TF Serving, the files to OUT/NAME.tflite and OUT/NAME.onnx.
    """
    targets = list(dict.fromkeys(to))
    precisions = choose_precisions(targets, precision)
    sizes = parse_sizes(batch_sizes)
    load_tensorflow()
    from effnetv2_keras.export.onnx_file import export_onnx
    from effnetv2_keras.export.saved_model import export_saved_model
    from effnetv2_keras.export.serving import Serving
    from effnetv2_keras.export.tflite import export_tflite
    from effnetv2_keras.export.trained import open_trained
    from effnetv2_keras.inference.answer import image_paths

    serving = Serving(formats=tuple(formats.split(",")), batch_sizes=sizes, has_features=features)
    trained = open_trained(run, None, None)
    photos = image_paths(check_on) if check_on else []
    folder, name = out or run / "export", name or run.resolve().name
    shared: dict[str, Any] = {
        "labels": trained.labels,
        "image_size": image_size,
        "preprocessing": trained.preprocessing,
    }
    for target in targets:
        chosen: Any = precisions[target].value
        with without_native_notes():
            if target is Format.SAVED_MODEL:
                done = export_saved_model(
                    trained,
                    folder / name,
                    image_size=image_size,
                    version=version,
                    top_k=top_k,
                    precision=chosen,
                    serving=serving,
                    check_on=photos,
                )
            elif target is Format.ONNX:
                done = export_onnx(trained.model, folder / f"{name}.onnx", check_on=photos, **shared)
            else:
                done = export_tflite(trained.model, folder / f"{name}.tflite", precision=chosen, **shared)
        print(
            f"wrote {done.path}  {done.num_bytes / 1e6:.2f} MB, {done.image_size} px, "
            f"within {done.max_abs_error:.1e} of the Keras model"
        )
        for note in done.notes:
            print(f"note: {note}")


def choose_precisions(targets: Sequence[Format], asked: Precision | None) -> dict[Format, Precision]:
    """Returns the precision of each artefact: the one asked for where there is such a one, else float32.

    Raises:
        UsageError: if none of the artefacts can have it.
    """
    if asked is not None and not any(asked in TAKES[target] for target in targets):
        known = "; ".join(f"{target.value}: {', '.join(TAKES[target])}" for target in targets)
        raise UsageError(f"`--precision` must be one that the artefact can have ({known}). Got: {asked.value}.")
    wanted = asked or Precision.FLOAT32
    return {target: wanted if wanted in TAKES[target] else Precision.FLOAT32 for target in targets}


def parse_sizes(text: str) -> tuple[int, ...]:
    """Reads "1,8,32"; nothing is no batch size.

    Raises:
        UsageError: if a part is no whole number.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise UsageError(f"`--batch-sizes` must be whole numbers with commas between them. Got: {text}.")
    return tuple(int(part) for part in parts)
