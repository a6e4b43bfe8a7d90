"""The whole way on real images: photos, progressive training, two exports, predictions from both.

    python examples/demo.py             about five minutes on two cores
    python examples/demo.py --small     a third of that, with fewer photos and epochs: above 60 %, not 95 %

Every step is a command that works on your own pictures; this page prints each before it runs it. A second run reuses
what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from digit_scenes import write_scenes
from rich.console import Console
from rich.table import Table

from effnetv2_keras.export.exported import size_on_disk
from effnetv2_keras.runs.run_directory import RunDirectory

HERE = Path(os.path.relpath(Path(__file__).parent))
#  what scenes of digits need: the digit stays in the crop, and a mirrored digit is no digit
SETTINGS = "--crop-area 0.6:1 --no-flip --randaugment 1:4 --dropout 0.1:0.2"
console = Console(highlight=False)


@dataclass(frozen=True)
class Size:
    """How long the demo takes."""

    name: str
    scans: int | None
    training: str
    goal: float  # accuracy on the test scenes, of each model


FULL = Size("demo", None, "--progressive 48:96/3 --epochs 10", goal=0.95)
SMALL = Size("demo_small", 900, "--progressive 48:64/3 --epochs 6", goal=0.60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="fewer photos, fewer epochs")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="where everything goes")
    options = parser.parse_args()
    size = SMALL if options.small else FULL
    folder = options.out / size.name
    photos = write_photos(folder / "photos", size)
    run = train(folder / "run", photos, size)
    rows = classify_in_fresh_processes(run, export(run), photos / "test")
    accuracy = report(folder, run, rows)
    if accuracy < size.goal:
        sys.exit(f"The demo must reach {size.goal:.0%} on the test scenes. Got: {accuracy:.1%}.")


def write_photos(folder: Path, size: Size) -> Path:
    if (folder / "done").is_file():
        console.print(f"photos: reusing {folder}")
        return folder
    count = write_scenes(folder, (3, 2), scans=size.scans)
    (folder / "done").touch()
    console.print(f"photos: wrote {count} to {folder}")
    return folder


def train(folder: Path, photos: Path, size: Size) -> Path:
    if RunDirectory(folder).is_finished:
        console.print(f"training: reusing {folder}")
        return folder
    model = HERE / "small_net.yaml"
    effnetv2(f"train {photos} --model {model} {size.training} {SETTINGS} --seed 0 --out {folder}")
    return folder


def export(run: Path) -> tuple[Path, Path]:
    served, phone = run / "export" / "digits", run / "export" / "digits.tflite"
    if (served / "1").is_dir() and phone.is_file():
        console.print(f"export: reusing {served / '1'} and {phone}")
    else:
        effnetv2(f"export {run} --to saved_model --to tflite --name digits")
    return served / "1", phone


def classify_in_fresh_processes(run: Path, artefacts: tuple[Path, Path], photos: Path) -> list[dict]:
    """Asks the run and both artefacts, each in a process of its own; the artefacts without this package."""
    served, phone = artefacts
    keras_model = answers(f"-m effnetv2_keras.cli.main predict {run} {photos} --top 1 --json")
    rows = [{"model": "Keras, in the run", "path": run / "best.weights.h5", "answers": keras_model}]
    for name, script, path in (
        ("SavedModel", "classify_saved_model.py", served),
        ("TFLite", "classify_tflite.py", phone),
    ):
        rows.append({"model": name, "path": path, "answers": answers(f"{HERE / script} {path} {photos}")})
    for row in rows:
        row["accuracy"] = statistics.mean(Path(photo).parent.name == a["label"] for photo, a in row["answers"].items())
        row["agreement"] = statistics.mean(
            row["answers"][photo]["label"] == a["label"] for photo, a in keras_model.items()
        )
        row["ms"] = statistics.median(answer.get("ms", float("nan")) for answer in row["answers"].values())
    return rows


def answers(command: str) -> dict[str, dict]:
    """Runs a Python command that prints a JSON object a photo."""
    console.print(f"[dim]$ python {command}[/dim]", soft_wrap=True)
    done = subprocess.run([sys.executable, *shlex.split(command)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"python {command}\n{done.stderr}")
    found = {}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        best = answer["predictions"][0] if "predictions" in answer else answer
        found[answer["path"]] = {**answer, "label": best["label"]}
    return found


def effnetv2(command: str) -> None:
    """Runs a verb of the command line."""
    console.print(f"[dim]$ effnetv2 {command}[/dim]", soft_wrap=True)
    done = subprocess.run([sys.executable, "-m", "effnetv2_keras.cli.main", *shlex.split(command)], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def report(folder: Path, run: Path, rows: list[dict]) -> float:
    """Prints the table and where everything is; returns the lowest accuracy."""
    table = Table(title=f"{len(rows[0]['answers'])} test scenes, each model in a process of its own")
    for column in ("model", "accuracy", "agrees with Keras", "size on disk", "ms an image"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for row in rows:
        megabytes = f"{size_on_disk(row['path']) / 1e6:.2f} MB"
        milliseconds = "-" if row["ms"] != row["ms"] else f"{row['ms']:.1f}"
        table.add_row(row["model"], f"{row['accuracy']:.2%}", f"{row['agreement']:.2%}", megabytes, milliseconds)
    console.print(table)
    console.print("decoding counts in the milliseconds; one image at a time")
    for path in (
        run / "report.html",
        run / "curves.png",
        run / "examples.png",
        *(row["path"] for row in rows),
        folder / "photos",
    ):
        console.print(f"  {path}", soft_wrap=True)
    return min(row["accuracy"] for row in rows)


if __name__ == "__main__":
    main()
