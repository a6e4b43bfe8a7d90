"""The verb `effnetv2 inspect`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .tflite file.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, nothing else.")] = False,
) -> None:
    """Say what is in a TFLite file, without running it: inputs, outputs, operations, labels, what a GPU leaves out."""
    from effnetv2_keras.inference.lite_summary import parity_lines, summarise

    found = summarise(file)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    from rich.table import Table
    from rich.text import Text

    from effnetv2_keras.cli.output import wide_console

    if "parity" in found:
        found["parity"] = parity_lines(found["parity"])
    table = Table("", "", title=Text(str(file)), show_header=False, title_justify="left")
    for name, value in found.items():
        table.add_row(name.replace("_", " "), Text(_shown(value)))
    wide_console().print(table)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "\n".join(_shown(one) for one in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
