"""Writes layer_names.json: the path of every weight of EfficientNetV2-B0. Checkpoints of users depend on them.

Command: python tests/goldens/make_layer_names.py
Run it only when a change of names is meant, and tell it in the changelog.
"""

import json
from pathlib import Path

from effnetv2_keras.models import create_model


def main():
    model = create_model("efficientnetv2-b0")
    rows = [[weight.path, list(weight.shape)] for weight in model.weights]
    lines = ",\n".join(json.dumps(row) for row in rows)
    Path(__file__).with_name("layer_names.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
