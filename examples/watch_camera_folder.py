"""Watches a folder that a camera writes into, and answers each new photo once.

    python examples/watch_camera_folder.py photos.tflite camera/ answers.jsonl

MODEL is a run directory, a SavedModel or a TFLite file. Each answer is a line of JSON: file, label, score, or an error.

- A photo that is still being written is left alone until its size and time stand still for `--every` seconds; one that
  cannot be read then gets `--patience` seconds more before its error is written down.
- A photo is known by name, size and time: what was answered before a crash is not answered again, and a name that the
  camera uses anew is.
- A line is written at once and synced. One that a crash cut short is taken off when the script starts again.
- Ctrl-C and SIGTERM end it between two photos.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import effnetv2_keras as ev2
from effnetv2_keras.inference.answer import Answer, Photo, Predictor

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"}
State = tuple[str, int, int]  # name, size in bytes, time of change in ns


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks at the folder")
    parser.add_argument("--patience", type=float, default=10.0, help="seconds that a broken photo may still be written")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    done = answered(options.answers)
    predictor = ev2.load_predictor(options.model)
    print(f"watching {options.folder}, {len(done)} photos answered before", flush=True)
    last: set[State] = set()
    with options.answers.open("a", encoding="utf-8") as lines:
        while not stop.is_set():
            now = set(photos_in(options.folder))
            for state in sorted((now & last) - done, key=lambda state: state[2]):  # stood still for one look
                if stop.is_set():
                    break
                answer = ask(predictor, options.folder / state[0])
                if answer.error is None or time.time() - state[2] / 1e9 > options.patience:
                    write(lines, state, answer)
                    done.add(state)
            last = now
            stop.wait(options.every)


def photos_in(folder: Path) -> Iterator[State]:
    """Yields every photo with its size and time; one that goes away meanwhile is left out."""
    for path in folder.rglob("*"):
        if path.suffix.lower() in SUFFIXES:
            try:
                facts = path.stat()
            except FileNotFoundError:
                continue
            yield path.relative_to(folder).as_posix(), facts.st_size, facts.st_mtime_ns


def ask(predictor: Predictor, path: Path) -> Answer:
    """Returns the best class of one photo, or why there is none."""
    try:
        data = path.read_bytes()
    except OSError as reason:
        return Answer(str(path), error=str(reason))
    return predictor.answer([Photo(str(path), data)], top=1)[0]


def write(lines: TextIO, state: State, answer: Answer) -> None:
    """Adds one whole line, and has it on the disk before anything else happens."""
    name, size, changed = state
    row = {"file": name, "bytes": size, "changed_ns": changed}
    best = {"label": answer.labels[0], "score": round(answer.scores[0], 6)} if answer.error is None else {}
    lines.write(json.dumps(row | (best or {"error": answer.error})) + "\n")
    lines.flush()
    os.fsync(lines.fileno())


def answered(path: Path) -> set[State]:
    """Returns the photos that have a line, and takes off a last line that was cut short."""
    if not path.exists():
        return set()
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if whole != text:
        os.truncate(path, len(whole))
    rows = [json.loads(line) for line in whole.splitlines()]
    return {(row["file"], row["bytes"], row["changed_ns"]) for row in rows}


if __name__ == "__main__":
    main()
