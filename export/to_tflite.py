"""A run directory as a TFLite file for phones: arguments only, the package does the rest.

python export/to_tflite.py runs/photos photos.tflite --precision dynamic
"""

from __future__ import annotations

import argparse
from pathlib import Path

from effnetv2_keras import export_tflite
from effnetv2_keras.export.trained import open_trained


def main() -> None:
    """Reads the arguments and exports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a run directory")
    parser.add_argument("path", type=Path, help="the file to write")
    parser.add_argument("--image-size", type=int, help="px; default: that of the run's validation")
    parser.add_argument("--precision", default="float32", help="as in `export_tflite`")
    given = parser.parse_args()
    trained = open_trained(given.run, None, None)
    exported = export_tflite(
        trained.model,
        given.path,
        labels=trained.labels,
        precision=given.precision,
        image_size=given.image_size,
        preprocessing=trained.preprocessing,
    )
    print(exported)


if __name__ == "__main__":
    main()
