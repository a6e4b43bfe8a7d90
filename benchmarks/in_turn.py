"""Ways of doing the same, each in a process of its own, which take their turns when they are told to.

Own processes, since each has its own environment, framework and peak of memory. In turn, since a busy moment of the
machine then meets every way.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# of the environment
ONEDNN = {"TF_ENABLE_ONEDNN_OPTS": "1"}  # TensorFlow's own kernels of oneDNN, on every processor
PASSIVE = {"OMP_WAIT_POLICY": "passive"}  # PyTorch's threads: those that wait in loops would count as work


def serve(act: Callable[[], int], more: Callable[[], dict] = dict) -> None:
    """Is the side of a way: `act` once to warm up, then once for every line of the standard input.

    Args:
        act: returns how many images it has done.
        more: figures for the end.
    """
    act()
    print("ready", flush=True)
    for _ in sys.stdin:
        cpu, wall = cpu_seconds(), time.perf_counter()
        images = act()
        figures = {"cpu": (cpu_seconds() - cpu) / images, "wall": (time.perf_counter() - wall) / images}
        print(json.dumps(figures), flush=True)
    print(json.dumps({"peak_bytes": peak_bytes(), **more()}), flush=True)


def cpu_seconds() -> float:
    """Returns the seconds of CPU of this process and of the processes it has waited for."""
    return sum(os.times()[:4])


def peak_bytes() -> int:
    """Returns the most memory that this process held (Linux)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def start(commands: Mapping[str, tuple[Sequence[str], Mapping[str, str]]]) -> dict[str, subprocess.Popen]:
    """Starts ways, all at once, and waits until they are warm; of one that breaks off it says why.

    Args:
        commands: words of the command and what it adds to the environment, by name.
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = {
        name: subprocess.Popen(words, env={**os.environ, **more}, text=True, **pipes)
        for name, (words, more) in commands.items()
    }
    warm = {}
    for name, process in started.items():
        if process.stdout.readline().strip() == "ready":
            warm[name] = process
        else:
            print(f"{name} broke off:", " ".join(process.communicate()[1].splitlines()[-1:]), flush=True)
    return warm


def take_turns(ways: Mapping[str, subprocess.Popen], turns: int) -> dict[str, dict]:
    """Has every way act `turns` times and returns its figures, with how often it beats the first way."""
    taken: dict[str, list[dict]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, process in ways.items():
            process.stdin.write("go\n")
            process.stdin.flush()
            taken[name].append(json.loads(process.stdout.readline()))
    ends = {}
    for name, process in ways.items():
        process.stdin.close()
        ends[name] = json.loads(process.stdout.readline())
        process.wait()
    base = [one["cpu"] for one in next(iter(taken.values()))]
    return {name: {**_figures(base, taken[name]), **ends[name]} for name in ways}


def _figures(base: Sequence[float], taken: Sequence[dict]) -> dict:
    cpu = [one["cpu"] for one in taken]
    middle = statistics.median(cpu)
    return {
        "cpu_ms_an_image": 1000 * middle,
        "wall_ms_an_image": 1000 * statistics.median(one["wall"] for one in taken),
        "spread": (max(cpu) - min(cpu)) / 2 / middle,
        "images_per_cpu_second": 1 / middle,
        "times": statistics.median(first / this for first, this in zip(base, cpu, strict=True)),
    }
