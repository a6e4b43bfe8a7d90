"""The part of `effnetv2 export` that writes a TFLite file: a progress line, and a table of what it loses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effnetv2_keras.cli.output import say, wide_console
from effnetv2_keras.cli.progress import progress_of_steps
from effnetv2_keras.cli.quiet import without_native_notes

if TYPE_CHECKING:
    from effnetv2_keras.export.exported import Exported
    from effnetv2_keras.export.lite.lite_parity import LiteParity
    from effnetv2_keras.export.trained import Trained


def write_tflite(trained: Trained, path: Path, options: Mapping[str, Any], **settings: Any) -> Exported:
    """Exports, and prints what was measured on images of the user's own, where the file is refused too.

    Args:
        trained: what to export.
        path: the file to be.
        options: of `LiteOptions`.
        settings: of `export_tflite`.

    Raises:
        AccuracyLost: if more is lost than may be; what was measured is printed first.
        UsageError, DataError, RuntimeError: as `export_tflite`.
    """
    from effnetv2_keras.export.lite.options import LiteOptions
    from effnetv2_keras.export.lite.verdict import AccuracyLost
    from effnetv2_keras.export.tflite import export_tflite

    try:
        with progress_of_steps() as told, without_native_notes():
            done = export_tflite(trained, path, options=LiteOptions(**options, told=told), **settings)
    except AccuracyLost as lost:
        _show(lost.parity)
        raise
    if done.lite is not None and (options["check_on"] or settings["calibrate_on"]):
        _show(done.lite)
    return done


def _show(parity: LiteParity) -> None:
    from rich.table import Table

    console = wide_console()
    table = Table(title=f"{parity.precision} against the Keras model, on {parity.images}")
    columns = ("images", "number", "top-1", "Keras top-1", "agreement", "mean logit error", "largest")
    for column in columns:
        table.add_column(column, justify="left" if column == "images" else "right")
    for one in parity.sets:
        shares = (one.top1, one.keras_top1, one.agreement)
        table.add_row(
            one.name,
            str(one.num_images),
            *("-" if share is None else f"{share:.2%}" for share in shares),
            f"{one.mean_logit_error:.4f}",
            f"{one.max_logit_error:.3f}",
        )
    console.print(table)
    size = f"{parity.num_bytes / 1e6:.2f} MB, {parity.num_bytes / parity.float32_bytes:.2f} of the float32 file"
    time = "" if parity.latency_ratio is None else f"; {parity.latency_ratio:.2f} of its CPU time on this machine"
    say(console, size + time)
