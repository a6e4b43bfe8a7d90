"""The verb `effnetv2 export`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    HYBRID = "hybrid"
    DYNAMIC = "dynamic"
    INT8 = "int8"
    INT16X8 = "int16x8"


class Input(StrEnum):
    """The type of the pixels that a TFLite file takes."""

    UINT8 = "uint8"
    FLOAT32 = "float32"


# fmt: off
#   the first is what is taken where none is asked for
TAKES = {
    Format.SAVED_MODEL: (Precision.FLOAT32, Precision.BFLOAT16),
    Format.TFLITE:      (Precision.HYBRID, Precision.FLOAT32, Precision.FLOAT16, Precision.DYNAMIC, Precision.INT8,
                         Precision.INT16X8),
    Format.ONNX:        (Precision.FLOAT32,),
}
# fmt: on
CALIBRATED = (Precision.INT8, Precision.INT16X8)


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's directory.")],
    to: Annotated[list[Format], typer.Option("--to", help="May be given several times.")],
    out: Annotated[Path | None, typer.Option(help="Where to; default RUN/export.")] = None,
    name: Annotated[str | None, typer.Option(help="The model's name; default that of the run.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Px; default that of the run's validation.")] = None,
    precision: Annotated[
        Precision | None,
        typer.Option(
            help="bfloat16 is for a SavedModel, those below float32 for TFLite; default float32, of TFLite hybrid."
        ),
    ] = None,
    version: Annotated[int | None, typer.Option(help="Of the SavedModel; default one above the highest.")] = None,
    top_k: Annotated[int, typer.Option("--top-k", help="Classes in an answer of the SavedModel.")] = 5,
    formats: Annotated[str, typer.Option(help="Image files that the SavedModel takes.")] = "jpeg,png,gif,bmp",
    batch_sizes: Annotated[str, typer.Option(help="That the SavedModel's server is warmed up with.")] = "1,8,32",
    features: Annotated[bool, typer.Option("--features", help="Adds a signature for features.")] = False,
    check_on: Annotated[
        list[Path] | None, typer.Option("--check-on", help="Photos, or a folder, to compare on.")
    ] = None,
    calibrate_on: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Images such as the phone will see, best a folder a class: int8 needs them."),
    ] = None,
    input_type: Annotated[Input, typer.Option("--input", help="Pixels that the TFLite file takes.")] = Input.UINT8,
    logits: Annotated[bool, typer.Option("--logits", help="The TFLite file gives logits, no probabilities.")] = False,
    max_accuracy_drop: Annotated[
        float, typer.Option(help="Share of top-1 that a TFLite file may lose on your images.")
    ] = 0.01,
    force: Annotated[
        bool, typer.Option("--force", help="Publish a TFLite file that loses more, with a warning in it.")
    ] = False,
) -> None:
    """Write a run's best model as a SavedModel, a TFLite file or an ONNX file.

    The SavedModel goes to OUT/NAME/<version>, ready for TF Serving, the files to OUT/NAME.tflite and OUT/NAME.onnx.
    """
    targets = list(dict.fromkeys(to))
    precisions = choose_precisions(targets, precision)
    check_calibration(precisions.get(Format.TFLITE), calibrate_on)
    sizes = parse_sizes(batch_sizes)
    load_tensorflow()
    from effnetv2_keras.cli.lite_file import write_tflite
    from effnetv2_keras.export.onnx_file import export_onnx
    from effnetv2_keras.export.saved_model import export_saved_model
    from effnetv2_keras.export.serving import Serving
    from effnetv2_keras.export.trained import open_trained
    from effnetv2_keras.inference.answer import image_paths

    check_installed(precisions)
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
        if target is Format.TFLITE:
            done = write_tflite(
                trained,
                folder / f"{name}.tflite",
                {"output": "logits" if logits else "probabilities", "check_on": as_data(check_on), "force": force},
                precision=chosen,
                calibrate_on=calibrate_on,
                input=input_type.value,
                image_size=image_size,
                max_accuracy_drop=max_accuracy_drop,
            )
        elif target is Format.ONNX:
            with without_native_notes():
                done = export_onnx(trained.model, folder / f"{name}.onnx", check_on=photos, **shared)
        else:
            with without_native_notes():
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
        print(
            f"wrote {done.path}  {done.num_bytes / 1e6:.2f} MB, {done.image_size} px, "
            f"within {done.max_abs_error:.1e} of the Keras model"
        )
        for note in done.notes:
            print(f"note: {note}")


def check_calibration(precision: Precision | None, calibrate_on: str | None) -> None:
    """Refuses int8 without images before anything is written.

    Raises:
        UsageError: if there are none.
    """
    if precision in CALIBRATED and calibrate_on is None:
        raise UsageError(f"`--calibrate-on` must give images for a TFLite file in {precision.value}. Got: none.")


def check_installed(precisions: Mapping[Format, Precision]) -> None:
    """Refuses to begin where a package is missing for any of the artefacts, before the first is written.

    Raises:
        UsageError: that names what to install.
    """
    from effnetv2_keras.export import onnx_file, tflite

    for target, precision in precisions.items():
        if target is Format.TFLITE:
            tflite.check_installed(precision)
        elif target is Format.ONNX:
            onnx_file.check_installed()


def as_data(places: list[Path] | None) -> Path | list[Path] | None:
    """Returns a single folder as itself, since its folders may be classes, anything else as a list."""
    return places[0] if places and len(places) == 1 and places[0].is_dir() else places


def choose_precisions(targets: Sequence[Format], asked: Precision | None) -> dict[Format, Precision]:
    """Returns the precision of each artefact: the one asked for where there is such a one, else its own default.

    Raises:
        UsageError: if none of the artefacts can have it.
    """
    if asked is not None and not any(asked in TAKES[target] for target in targets):
        known = "; ".join(f"{target.value}: {', '.join(TAKES[target])}" for target in targets)
        raise UsageError(f"`--precision` must be one that the artefact can have ({known}). Got: {asked.value}.")
    return {target: asked if asked in TAKES[target] else TAKES[target][0] for target in targets}


def parse_sizes(text: str) -> tuple[int, ...]:
    """Reads "1,8,32"; nothing is no batch size.

    Raises:
        UsageError: if a part is no whole number.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise UsageError(f"`--batch-sizes` must be whole numbers with commas between them. Got: {text}.")
    return tuple(int(part) for part in parts)
