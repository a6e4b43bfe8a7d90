"""What a training step costs and holds, next to keras.applications and timm, all ways in turn in one run.

    python benchmarks/train_step.py                                      # an hour
    python benchmarks/train_step.py --peers-python .venv-peers/bin/python      # with timm (make peers)
    python benchmarks/train_step.py --tiny                               # minutes, checks only that it runs

Seen on 2 cores of an Intel Xeon with AMX, TensorFlow 2.21, timm 1.0.31, `times` of V2-B0 at 128 and 224 px and V2-S at
128 and 224 px: ours 1.59, 1.61, 1.50, 1.54; ours in bfloat16 2.11, 2.22, 1.89, 2.02; timm 1.20, 1.30, 1.11, 1.24.
docs/methods/speed.md has all ways, the memory, and a processor without AMX. With all ways at once the processes of V2-S
hold 17 GB: `--ways` takes some of them.

Every way has a process of its own, and they take their steps in turn. `times` is how many times less CPU than
keras.applications in float32, as TensorFlow sets itself up, the median over the turns. Optimizer AdamW, 100 classes,
`fit` on pixels in memory (timm: the usual loop, channels last). "oneDNN" is TF_ENABLE_ONEDNN_OPTS=1, which
`effnetv2 train` sets; TensorFlow itself does so only on processors with AVX512's instructions for networks. PyTorch's
threads sleep while they wait, since waiting in loops would count. `peak` is the most memory the process held, the
framework included.
"""

from __future__ import annotations

import argparse
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from in_turn import ONEDNN, PASSIVE, start, take_turns
from results_file import keep

HERE = Path(__file__).parent
BASE = "keras.applications"


@dataclass(frozen=True)
class Way:
    """How a step is taken.

    Args:
        word: what the process is told.
        precision: of the step.
        has_onednn: False leaves TensorFlow as it sets itself up.
        is_peer: runs with the Python of `make peers`.
    """

    word: str
    precision: str = "float32"
    has_onednn: bool = True
    is_peer: bool = False


# fmt: off
WAYS = {
    BASE:                             Way("keras", has_onednn=False),
    "keras.applications, oneDNN":     Way("keras"),
    "ours, stock kernels":            Way("ours-plain"),
    "ours":                           Way("ours"),
    "ours, XLA":                      Way("ours-xla"),
    "timm":                           Way("timm", is_peer=True),
    "timm, torch.compile":            Way("timm-compile", is_peer=True),
    "keras.applications, bfloat16":   Way("keras", "mixed_bfloat16"),
    "ours, bfloat16":                 Way("ours", "mixed_bfloat16"),
    "timm, bfloat16":                 Way("timm", "mixed_bfloat16", is_peer=True),
}
CASES = (("efficientnetv2-b0", 128, 16), ("efficientnetv2-b0", 224, 8), ("efficientnetv2-b0", 300, 8),
         ("efficientnetv2-s", 128, 8),   ("efficientnetv2-s", 224, 4),  ("efficientnetv2-s", 300, 4))
# fmt: on


def words_of(way: Way, case: tuple[str, int, int], steps: int, peers: Path | None) -> list[str]:
    """Returns the command of a way."""
    script = HERE / ("train_step_timm.py" if way.is_peer else "train_step_ways.py")
    python = str(peers) if way.is_peer else sys.executable
    return [python, str(script), way.word, *map(str, case), str(steps), way.precision]


def measure(case: tuple[str, int, int], names: list[str], steps: int, turns: int, peers: Path | None) -> list[dict]:
    """Returns a row for every way that could be started."""
    commands = {
        name: (
            words_of(WAYS[name], case, steps, peers),
            PASSIVE if WAYS[name].is_peer else ONEDNN if WAYS[name].has_onednn else {},
        )
        for name in names
    }
    running = start(commands)
    rows = []
    for name, figures in take_turns(running, turns).items():
        rows.append({**dict(zip(("network", "px", "batch"), case, strict=True)), "way": name, **figures})
        print(line(rows[-1]), flush=True)
    return rows


def line(row: dict) -> str:
    """Returns a row of the table."""
    return (
        f"{row['network'][15:]:>3} {row['px']:4d} {row['batch']:3d}  {row['way']:30} "
        f"{row['cpu_ms_an_image'] * row['batch']:8.0f} ± {100 * row['spread']:2.0f} % "
        f"{row['images_per_cpu_second']:7.1f} {row['times']:6.2f} "
        f"{row['peak_bytes'] / 2**20:7.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--peers-python", type=Path)
    parser.add_argument("--cases", help="like b0:128:16,s:224:4")
    parser.add_argument("--ways", nargs="*", choices=list(WAYS))
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--steps", type=int, default=3, help="in each turn")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    asked = parser.parse_args()
    cases = CASES
    if asked.cases:
        words = (case.split(":") for case in asked.cases.split(","))
        cases = tuple((f"efficientnetv2-{word[0]}", int(word[1]), int(word[2])) for word in words)
    names = [name for name in asked.ways or WAYS if asked.peers_python or not WAYS[name].is_peer]
    turns, steps = asked.turns, asked.steps
    if asked.tiny:
        cases, names, turns, steps = (("efficientnetv2-b0", 32, 2),), [BASE, "ours"], 1, 1
    print("net   px  images way                              CPU ms a step  img/CPU s  times  peak MiB")
    rows = [row for case in cases for row in measure(case, names, steps, turns, asked.peers_python)]
    if not asked.tiny:
        machine = {"processor": platform.processor() or platform.machine(), "turns": turns, "steps": steps}
        keep("train_step-cpu", {**machine, "rows": rows}, asked.out)


if __name__ == "__main__":
    main()
