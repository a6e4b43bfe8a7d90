"""What does a server's memory pay for weights that are constants of the graph?

Command: python benchmarks/export_memory.py --networks efficientnetv2-s    (--tiny: B0 at 64 px, to see that it runs)
         python benchmarks/export_memory.py --folders served/frozen/1 served/variables/1
Writes:  results/export_memory-cpu-<commit>.json and a Markdown table.
How:     each SavedModel is opened in a process of its own, in a session as TensorFlow Serving opens it, one thread.
         Counted is resident memory above that of the process with TensorFlow loaded: after the model is loaded, after
         one image was asked for, and after two signatures were.

Last seen, MB above TensorFlow itself (TF 2.21, EfficientNetV2-S at 300 px, 86 MB of weights, a processor with AVX2 and
no AVX512, once each; oneDNN is off by default on such a processor):

| weights | loaded | after one image | after two signatures |
|---|---|---|---|
| constants | 1180 | 1384 | 1565 |
| constants, oneDNN | 1170 | 1402 | 1762 |
| variables | 255 | 280 | 280 |
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from results_file import keep

SIZES = {"efficientnetv2-b0": 224, "efficientnetv2-s": 300, "efficientnetv2-m": 384}  # px
ASKED = ("serving_images", "serving_images_uint8")
STEPS = ("loaded", "after_one_image", "after_two_signatures")
RESULTS = Path(__file__).with_name("results")


def resident_mb() -> float:
    """Returns the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure_here(folder: Path) -> dict[str, float]:
    """Opens a version and asks it; to be called once a process."""
    import numpy as np

    from effnetv2_keras.export.session import ServedSession

    begun, seen = resident_mb(), []
    with ServedSession(folder, threads=1) as served:
        seen.append(resident_mb() - begun)
        for name in ASKED:
            [info] = served.signatures[name].inputs.values()
            shape = [1, *(dim.size for dim in info.tensor_shape.dim[1:])]
            kind = np.uint8 if name.endswith("uint8") else np.float32
            served.run(name, {"images": np.full(shape, 100, kind)})
            seen.append(resident_mb() - begun)
    return dict(zip(STEPS, seen, strict=True))


def measure(folder: Path) -> dict[str, float]:
    """Measures a version in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--measure", str(folder)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def write_both(name: str, size: int, folder: Path) -> list[Path]:
    """Writes a network of random weights, the same each time, with constants and with variables."""
    import keras

    from effnetv2_keras.export.saved_model import export_saved_model
    from effnetv2_keras.export.serving import Serving
    from effnetv2_keras.models import create_model

    keras.utils.set_random_seed(0)
    network = create_model(name, num_classes=1000)
    return [
        export_saved_model(
            network, folder / name / way, image_size=size, serving=Serving(freeze=freeze, batch_sizes=())
        ).path
        for way, freeze in (("constants", True), ("variables", False))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--networks", nargs="+", default=["efficientnetv2-b0", "efficientnetv2-s"], choices=SIZES)
    parser.add_argument("--folders", type=Path, nargs="+", default=[], help="versions that are written already")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure_here(options.measure)))
        return
    networks = {"efficientnetv2-b0": 64} if options.tiny else {name: SIZES[name] for name in options.networks}
    with tempfile.TemporaryDirectory() as scratch:
        folders = options.folders or [
            folder for name, size in networks.items() for folder in write_both(name, size, Path(scratch))
        ]
        rows = [{"version": "/".join(folder.parts[-3:-1]), **measure(folder)} for folder in folders]
    print("| version | " + " | ".join(STEPS) + " |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['version']} | " + " | ".join(f"{row[step]:.0f}" for step in STEPS) + " |")
    if not options.tiny:
        onednn = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "by default")
        keep("export_memory-cpu", {"megabytes_above": "tensorflow", "onednn": onednn, "rows": rows}, options.out)


if __name__ == "__main__":
    main()
