"""What an image costs from its JPEG file to updated weights, next to Keras's own way and timm's, in turn in one run.

    python benchmarks/end_to_end.py                                      # half an hour
    python benchmarks/end_to_end.py --peers-python .venv-peers/bin/python      # with timm (make peers)
    python benchmarks/end_to_end.py --tiny                               # minutes, checks only that it runs

Seen with TensorFlow 2.21 and timm 1.0.31, `times` at 128 and 224 px: on an AMD EPYC with AVX512 and without AMX ours
2.12 and 2.17, timm 1.38 and 1.29; on an Intel Xeon with AMX, its 2 cores busy with other programs, --photos 512, ours
1.89 and 2.09, timm 1.49 and 1.84. docs/methods/speed.md has the shares.

EfficientNetV2-B0 in batches of 16, AdamW, RandAugment of two operations at magnitude 10 and a flip, photos of 500 x 400
px. Keras: `image_dataset_from_directory`, `keras.layers.RandAugment` in the map, keras.applications, `fit`. timm: its
transforms in PyTorch's loader with two workers, channels last. `times` is how many times less CPU than Keras's way, the
median over epochs taken in turn. `decode` and `step` are measured apart, in the same process: reading alone, and
training on a batch that is there already, without RandAugment. What is left of the whole is the augmentation, except
for timm, whose workers decode and augment in one.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from pathlib import Path

from in_turn import ONEDNN, PASSIVE, start, take_turns
from results_file import keep

HERE = Path(__file__).parent
WAYS = {"Keras": "keras", "ours": "ours", "timm": None}


def words_of(name: str, folder: Path, px: int, batch: int, peers: Path | None) -> list[str]:
    """Returns the command of a way."""
    where = [str(folder), str(px), str(batch)]
    if WAYS[name] is None:
        return [str(peers), str(HERE / "end_to_end_timm.py"), *where]
    return [sys.executable, str(HERE / "end_to_end_ways.py"), WAYS[name], *where]


def measure(folder: Path, px: int, batch: int, turns: int, peers: Path | None) -> list[dict]:
    """Returns a row for every way that could be started."""
    names = [name for name in WAYS if WAYS[name] is not None or peers is not None]
    surroundings = {"Keras": {}, "ours": ONEDNN, "timm": PASSIVE}
    running = start({name: (words_of(name, folder, px, batch, peers), surroundings[name]) for name in names})
    rows = []
    for name, figures in take_turns(running, turns).items():
        rows.append({"px": px, "batch": batch, "way": name, **figures})
        print(line(rows[-1]), flush=True)
    return rows


def line(row: dict) -> str:
    """Returns a row of the table."""
    whole = row["cpu_ms_an_image"]
    decode = row.get("decode_cpu_ms", row.get("decode_and_augment_cpu_ms"))
    return (
        f"{row['px']:4d} {row['way']:6} {row['images_per_cpu_second']:8.1f} ± {100 * row['spread']:2.0f} % "
        f"{row['times']:6.2f} {100 * decode / whole:7.0f} % {100 * row['step_cpu_ms'] / whole:5.0f} %"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--peers-python", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[128, 224])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--photos", type=int, default=128)
    parser.add_argument("--out", type=Path, default=HERE / "results")
    asked = parser.parse_args()
    sizes, turns, photos, batch = asked.sizes, asked.turns, asked.photos, 16
    if asked.tiny:
        sizes, turns, photos, batch = [32], 1, 24, 4
    with tempfile.TemporaryDirectory() as folder:
        from input_pipeline import write_photos

        write_photos(Path(folder), photos)
        print("  px way    img/CPU s          times    decode    step")
        rows = [row for px in sizes for row in measure(Path(folder), px, batch, turns, asked.peers_python)]
    if not asked.tiny:
        machine = {"processor": platform.processor() or platform.machine(), "turns": turns, "photos": photos}
        keep("end_to_end-cpu", {**machine, "rows": rows}, asked.out)


if __name__ == "__main__":
    main()
