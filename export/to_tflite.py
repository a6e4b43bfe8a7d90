"""A run directory as a TFLite file for phones: arguments only, the package does the rest.

python export/to_tflite.py runs/photos photos.tflite --precision int8 --calibrate-on photos
"""

from __future__ import annotations

import argparse
from pathlib import Path

from effnetv2_keras import export_tflite


def main() -> None:
    """Reads the arguments and exports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a run directory")
    parser.add_argument("path", type=Path, help="the file to write")
    parser.add_argument("--image-size", type=int, help="px; default: that of the run's validation")
    parser.add_argument("--precision", default="hybrid", help="as in `export_tflite`")
    parser.add_argument("--calibrate-on", help="images such as the phone will see; int8 needs them")
    given = parser.parse_args()
    exported = export_tflite(
        given.run,
        given.path,
        precision=given.precision,
        calibrate_on=given.calibrate_on,
        image_size=given.image_size,
    )
    print(exported)


if __name__ == "__main__":
    main()
