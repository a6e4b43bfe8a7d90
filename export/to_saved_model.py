"""A run directory as a SavedModel for TF Serving: arguments only, the package does the rest.

python export/to_saved_model.py runs/photos served/photos --precision bfloat16
"""

from __future__ import annotations

import argparse
from pathlib import Path

from effnetv2_keras import Serving, export_saved_model


def main() -> None:
    """Reads the arguments and exports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a run directory")
    parser.add_argument("directory", type=Path, help="holds the versions")
    parser.add_argument("--version", type=int, help="default: one above the highest present")
    parser.add_argument("--image-size", type=int, help="px; default: that of the run's validation")
    parser.add_argument("--top-k", type=int, default=5, help="classes in an answer")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--keep-batch-norm", action="store_true", help="do not fold it into the convolutions")
    parser.add_argument("--keep-variables", action="store_true", help="do not freeze the weights")
    parser.add_argument("--formats", nargs="+", default=("jpeg", "png", "gif", "bmp"), help="of the image files taken")
    parser.add_argument("--batch-sizes", type=int, nargs="*", default=(1, 8, 32), help="of the warm-up requests")
    parser.add_argument("--features", action="store_true", help="adds a signature for features")
    given = parser.parse_args()
    serving = Serving(
        fold_bn=not given.keep_batch_norm,
        freeze=False if given.keep_variables else None,
        formats=given.formats,
        batch_sizes=given.batch_sizes,
        has_features=given.features,
    )
    exported = export_saved_model(
        given.run,
        given.directory,
        version=given.version,
        image_size=given.image_size,
        top_k=given.top_k,
        precision=given.precision,
        serving=serving,
    )
    print(exported)


if __name__ == "__main__":
    main()
