"""The verb `effnetv2 lite`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from effnetv2_keras.cli.quiet import without_native_notes
from effnetv2_keras.errors import DataError, UsageError

if TYPE_CHECKING:
    from effnetv2_keras.inference.answer import Answer
    from effnetv2_keras.inference.latency import Latency
    from effnetv2_keras.inference.lite_run import LiteRun


def lite(
    model: Annotated[
        Path, typer.Argument(metavar="RUN|FILE", help="A .tflite file, or a run that was exported to one.")
    ],
    on: Annotated[list[Path], typer.Option("--on", metavar="IMAGE|DIR", help="May be given several times.")],
    threads: Annotated[int, typer.Option(help="Threads of the runtime.")] = 1,
    top: Annotated[int, typer.Option(help="Classes an image.")] = 1,
    calls: Annotated[int, typer.Option(help="Calls that are timed.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, nothing else.")] = False,
) -> None:
    """Run a TFLite file the way a phone does: labels, latency and memory, without TensorFlow where LiteRT is there.

    Latency is that of the runtime alone: reading and resizing of an image are not in it. This machine is no phone:
    compare files with it, not devices.
    """
    for name, value in (("--threads", threads), ("--top", top), ("--calls", calls)):
        if value < 1:
            raise UsageError(f"`{name}` must be at least 1. Got: {value}.")
    path = find_lite_file(model)
    from effnetv2_keras.inference.answer import image_paths, photos_of_files
    from effnetv2_keras.inference.lite_run import run_lite

    paths = image_paths(on)
    with without_native_notes():
        done = run_lite(path, photos_of_files(paths), top=top, num_threads=threads, num_calls=calls)
    if done.latency is None:
        first = done.answers[0]
        raise DataError(f"At least one image must be readable. Got: none of {len(paths)}, {first.path}: {first.error}.")
    if as_json:
        print(json.dumps(_plain(path, threads, done, done.latency), ensure_ascii=False))
        return
    for answer in done.answers:
        print(_sentence(answer))
    print(f"latency  {done.latency}, {threads} thread{'s' if threads > 1 else ''}, {done.runtime}")
    print(f"memory   {_memory(done, done.latency)}")


def find_lite_file(location: Path) -> Path:
    """Returns a .tflite file, or the one that a run was exported to.

    Raises:
        DataError: if there is none, or several.
    """
    if not location.exists():
        raise DataError(f"No such file or directory: {location}.")
    if location.is_file():
        return location
    found = sorted((location / "export").glob("*.tflite"))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(str(path) for path in found)
        raise DataError(f"{location} must have been exported to one .tflite file; name one. Got: {names}.")
    raise DataError(
        f"{location} must be a .tflite file or a run with one: effnetv2 export {location} --to tflite. Got: none."
    )


def _sentence(answer: Answer) -> str:
    if answer.error is not None:
        return f"{answer.path}: {answer.error}"
    best = "  ".join(f"{label} {score:.3f}" for label, score in zip(answer.labels, answer.scores, strict=True))
    return f"{answer.path}: {best}"


def _memory(done: LiteRun, latency: Latency) -> str:
    size = f"file {done.num_bytes / 1e6:.2f} MB"
    if done.memory is None:
        return f"{size}; what it takes in use is not known on this system"
    return f"{size}; {done.memory / 1e6:.1f} MB more in use after loading and {latency.num_calls} calls"


def _plain(path: Path, threads: int, done: LiteRun, latency: Latency) -> dict[str, Any]:
    times = {"median": latency.median, "low": latency.low, "high": latency.high}
    answers = [
        {"path": answer.path, "error": answer.error}
        if answer.error is not None
        else {"path": answer.path, "predictions": list(map(list, zip(answer.labels, answer.scores, strict=True)))}
        for answer in done.answers
    ]
    return {
        "model": str(path),
        "runtime": done.runtime,
        "threads": threads,
        "calls": latency.num_calls,
        "latency_ms": {name: round(value, 4) for name, value in times.items()},
        "file_bytes": done.num_bytes,
        "memory_bytes": done.memory,
        "answers": answers,
    }
