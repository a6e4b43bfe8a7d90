"""Runs every benchmark in a short setting and prints one table of ratios, with the goal of each.

    python benchmarks/short.py                       # `make bench`: about an hour of CPU
    python benchmarks/short.py augment_ops search    # some of them

timm is among the peers where `make peers` has installed it. Short settings are one small case each, so that ratios are
rough, and the table has rows for these cases alone; every script's own command measures more. A benchmark that breaks
off is named at the end.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

import performance
from performance_lines import LINES

HERE = Path(__file__).parent
# fmt: off
#   script                 words                                                              where results go
SHORT = {
    "build_and_forward":   ("--repeats 3",                                                    "--results"),
    "augment_ops":         ("--sizes 224 --batches 32 --repeats 3",                           "--results"),
    "augment_share":       ("--sizes 224 --batches 32 --repeats 3",                           "--results"),
    "input_pipeline":      ("--sizes 128 224 --steps 30 --repeats 3",                         "--out"),
    "fine_tuning":         ("--seeds 2",                                                      "--results"),
    "export_latency":      ("--networks efficientnetv2-b0 --turns 5 --batches 1 8 --threads 1", "--out"),
    "tflite_latency":      ("--networks efficientnetv2-b0 --turns 5 --threads 1 --without-lite", "--out"),
    "export_memory":       ("--networks efficientnetv2-s",                                    "--out"),
    "checkpoint":          ("--turns 3",                                                      "--results"),
    "memory_growth":       ("--epochs 8 --picture {folder}/memory.png",                       "--results"),
    "serve_load":          ("--seconds 3 --turns 2",                                          "--results"),
    "train_step":          ("--cases b0:128:16 --turns 3 --steps 1 --ways keras.applications ours 'ours, bfloat16' "
                            "timm 'timm, bfloat16'",                                          "--out"),
    "end_to_end":          ("--sizes 224 --turns 3 --photos 64",                              "--out"),
    "progressive_speedup": ("--lengths short --seeds 0 --ways fixed progressive --cells {folder}/cells "
                            "--picture {folder}/progressive.png",                             "--results"),
    "search":              ("--parts synthetic",                                              "--results"),
}
# fmt: on
WITH_TIMM = ("train_step", "end_to_end")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of benchmarks; all where none is named")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="a folder for the figures")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in SHORT]
    if unknown:
        parser.error(f"`names` must be some of {', '.join(SHORT)}. Got: {', '.join(unknown)}.")
    options.out.mkdir(parents=True, exist_ok=True)
    broken = [name for name in options.names or SHORT if not run(name, options.out)]
    print(f"\n{performance.table(options.out, has_unmeasured=False)}")
    print("\nOther cases of the same benchmarks, as they are measured in full, are in docs/performance.md.")
    if broken:
        print(f"\nBroke off: {', '.join(broken)}.")
    return 1 if broken else 0


def run(name: str, folder: Path) -> bool:
    """Runs one benchmark into `folder`, after taking away what an earlier run left; tells whether it ended well."""
    for prefix in {line.prefix for line in LINES if line.benchmark == name}:
        for path in folder.glob(f"{prefix}-*.json"):
            path.unlink()
    return subprocess.run(words_of(name, folder), check=False).returncode == 0


def words_of(name: str, folder: Path) -> list[str]:
    """Returns the command that runs a benchmark in its short setting, with timm where `make peers` has been."""
    words, option = SHORT[name]
    said = [word.format(folder=folder) for word in shlex.split(words)]
    peers = Path(os.environ.get("PEERS_VENV", ".venv-peers")) / "bin" / "python"
    if name in WITH_TIMM and peers.is_file():
        said += ["--peers-python", str(peers)]
    return [sys.executable, str(HERE / f"{name}.py"), *said, option, str(folder)]


if __name__ == "__main__":
    sys.exit(main())
