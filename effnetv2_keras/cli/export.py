"""The verb `effnetv2 export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes


class Format(StrEnum):
    """What a run can be exported to."""

    SAVED_MODEL = "saved_model"
    TFLITE = "tflite"


class Precision(StrEnum):
    """Of a TFLite file's weights."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's directory.")],
    to: Annotated[list[Format], typer.Option("--to", help="May be given several times.")],
    out: Annotated[Path | None, typer.Option(help="Where to; default RUN/export.")] = None,
    name: Annotated[str | None, typer.Option(help="The model's name; default that of the run.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Px; default that of the run's validation.")] = None,
    precision: Annotated[Precision, typer.Option(help="Of the TFLite file.")] = Precision.FLOAT32,
) -> None:
    """Write a run's best model as a SavedModel or a TFLite file.

    The SavedModel goes to OUT/NAME/<version>, ready for TF Serving, the TFLite file to OUT/NAME.tflite.
    """
    load_tensorflow()
    from effnetv2_keras.export.saved_model import export_saved_model
    from effnetv2_keras.export.tflite import export_tflite
    from effnetv2_keras.runs.run_directory import RunDirectory
    from effnetv2_keras.training.load_run import load_run

    classifier = load_run(run)
    labels, preprocessing = RunDirectory(run).labels(), RunDirectory(run).recipe().crop.family
    folder, name = out or run / "export", name or run.resolve().name
    for target in dict.fromkeys(to):
        with without_native_notes():
            if target is Format.SAVED_MODEL:
                done = export_saved_model(
                    classifier,
                    folder / name,
                    labels=labels,
                    image_size=image_size,
                    preprocessing=preprocessing,
                )
            else:
                done = export_tflite(
                    classifier,
                    folder / f"{name}.tflite",
                    labels=labels,
                    image_size=image_size,
                    precision=precision.value,
                    preprocessing=preprocessing,
                )
        print(
            f"wrote {done.path}  {done.num_bytes / 1e6:.2f} MB, {done.image_size} px, "
            f"within {done.max_abs_error:.1e} of the Keras model"
        )
