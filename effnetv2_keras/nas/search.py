"""A whole search: workers that try networks, the best trained again, and a winner that trains like any other model."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from effnetv2_keras.configs.files import dump
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.nas.card import card
from effnetv2_keras.nas.finals import Final, train_finals
from effnetv2_keras.nas.found import Found
from effnetv2_keras.nas.front_picture import draw_front
from effnetv2_keras.nas.outcome import Row, read_rows, trained, write_rows
from effnetv2_keras.nas.point import Point
from effnetv2_keras.nas.settings import NEUTRAL, TIMED, SearchSettings, read_settings, write_settings
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.spaces import resolve_space
from effnetv2_keras.nas.study import Lease, open_study
from effnetv2_keras.nas.worker import POLL, RENEW_AFTER, about, make_funnel, work


def search(
    settings: SearchSettings,
    out: Path,
    *,
    workers: int = 1,
    storage: str | None = None,
    lease: Lease = Lease(),  # noqa: B008  frozen
    say: Callable[[str], None] = print,
    show: Callable[[Sequence[Row]], None] = lambda rows: None,
) -> Found:
    """Searches, or goes on where a search in `out` was broken off.

    Args:
        settings: of the search.
        out: its folder.
        workers: processes on this computer; a short search with 1 works in this very process.
        storage: of the trials: a path, or a database's URL that workers on other computers reach too; None for a
            journal file in `out`.
        lease: of the trials.
        say: is told what happens.
        show: is given the trials again and again.

    Raises:
        DataError: if the settings in `out` are damaged.
        UsageError: if a setting breaks a rule, or `out` holds another search.
        RuntimeError: if a worker breaks, or no network was trained to its end.
    """
    space = resolve_space(settings.space)
    _begin(settings, out)
    where = storage or str(out / "trials.journal")
    funnel = make_funnel(settings, space)
    study = open_study(where, settings, space, about(settings, space, funnel))
    if workers == 1 and settings.trials <= RENEW_AFTER:
        work(out, where, lease, say, lambda: show(read_rows(study, space)))
    else:
        _run_workers(workers, out, where, lease, say, lambda: show(read_rows(study, space)))
    rows = read_rows(study, space)
    best = trained(rows)[: settings.top]
    if not best:
        raise RuntimeError(f"No network of {len(rows)} was trained to its end: the limits may be too tight.")
    finals = train_finals(best, space, funnel, out / "finals.json", say)
    found = Found(_winner(finals, space, settings), finals, rows)
    write_rows(out / "trials.csv", rows)
    draw_front(out / "pareto.png", rows, TIMED[settings.timed])
    write_text(out / "README.md", card(found, settings, space))
    write_text(out / "winner.yaml", dump(found.winner))
    return found


def _begin(settings: SearchSettings, out: Path) -> None:
    file = out / "search.yaml"
    if file.is_file():
        before = read_settings(file)
        for name in (field for field in settings.__slots__ if field not in NEUTRAL):
            if getattr(before, name) != getattr(settings, name):
                raise UsageError(
                    f"{out} holds another search: `{name}` was {getattr(before, name)!r}. "
                    f"Got: {getattr(settings, name)!r}. Choose another folder, or the same settings to go on."
                )
    elif out.is_dir() and any(out.iterdir()):
        raise UsageError(f"A search must begin in an empty folder. Got: {out}.")
    out.mkdir(parents=True, exist_ok=True)
    write_settings(file, settings)


def _run_workers(
    count: int, out: Path, storage: str, lease: Lease, say: Callable[[str], None], poll: Callable[[], None]
) -> None:
    """Runs worker processes until all have ended; the threads of the computer are shared between them."""
    threads = str(max(1, (os.cpu_count() or 1) // count))
    surroundings = {**os.environ, "TF_NUM_INTRAOP_THREADS": threads, "OMP_NUM_THREADS": threads}
    command = [sys.executable, "-m", "effnetv2_keras.nas.worker", str(out), storage, str(lease.seconds)]
    command.append(str(RENEW_AFTER))
    logs = [out / f"worker{number}.log" for number in range(1, count + 1)]
    processes, heard = [], []
    for path in logs:
        with path.open("ab") as log:
            heard.append(log.tell())
            processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=surroundings))
    try:
        is_over = False
        while not is_over:  # once more after the end, for the last words
            is_over = all(process.poll() is not None for process in processes)
            heard = [_hear(path, at, say) for path, at in zip(logs, heard, strict=True)]
            poll()
            time.sleep(0 if is_over else POLL)
    finally:
        for process in processes:
            process.terminate()
            process.wait()
    if all(process.returncode for process in processes):
        text = logs[0].read_text(encoding="utf-8", errors="replace").strip()
        raise RuntimeError(f"All workers broke. The last words of the first: {text.splitlines()[-1:]}")


def _hear(log: Path, at: int, say: Callable[[str], None]) -> int:
    """Says what a worker has written of its trials since `at`; returns where that ends."""
    with log.open("rb") as file:
        file.seek(at)
        lines = file.read().splitlines(keepends=True)
    whole = [line for line in lines if line.endswith(b"\n")]
    for line in whole:
        if line.startswith(b"trial "):
            say(line.decode("utf-8", "replace").rstrip())
    return at + sum(map(len, whole))


def _winner(finals: Sequence[Final], space: SearchSpace, settings: SearchSettings) -> ModelConfig:
    found = next(final for final in finals if final.row is not None)
    config = space.config(Point.parse(found.network), name=f"{space.backbone.name}-searched")
    return config.replace(
        eval_size=settings.final_size,
        train_size=settings.final_size,
        source=f"searched on {settings.data}, {settings.trials} trials: {found.network}",
    )
