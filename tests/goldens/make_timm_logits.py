"""Writes timm_logits.json: what timm's networks answer, for weights and images that anyone can draw again.

Command: make peers        (python tests/goldens/make_timm_logits.py, where torch and timm are installed)
Cost:    about 2 minutes and 4 GB of memory on 2 cores. Last written with torch 2.14.1, torchvision 0.29.1 and timm
         1.0.31.

Every weight is drawn from a generator seeded with its name, so the test needs neither torch nor timm: it draws the
same weights, puts them into our networks and compares the answers. They are computed in float64, so that a second run
writes the same file: in float32 they depend on the number of threads from the seventh digit on.
"""

import json
import sys
import zlib
from pathlib import Path

import numpy as np

SIZES = (64, 97)
NUM_CLASSES = 10

# fmt: off
NETWORKS = {
    #  timm                    normalisation, gain
    "tf_efficientnetv2_b0":    ("imagenet",  1.19),
    "tf_efficientnetv2_b1":    ("imagenet",  1.11),
    "tf_efficientnetv2_b2":    ("imagenet",  1.13),
    "tf_efficientnetv2_b3":    ("imagenet",  1.11),
    "tf_efficientnetv2_s":     ("symmetric", 1.07),
    "tf_efficientnetv2_m":     ("symmetric", 1.04),
    "tf_efficientnetv2_l":     ("symmetric", 1.00),
    "tf_efficientnetv2_xl":    ("symmetric", 1.00),
    "tf_efficientnet_b0":      ("imagenet",  1.32),
    "tf_efficientnet_b3":      ("imagenet",  1.31),
    "tf_efficientnet_b7":      ("imagenet",  1.17),
    "tf_efficientnet_b8":      ("imagenet",  1.20),
    "tf_efficientnet_lite0":   ("imagenet",  1.15),
    "efficientnet_b0":         ("imagenet",  1.33),      # PyTorch's padding and epsilon
    "mobilenetv2_100":         ("imagenet",  1.12),      # the same
}
NORMALISE = {
    "imagenet": lambda x: (x / 255.0 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225]),
    "symmetric": lambda x: (x - 128.0) / 128.0,
}
# fmt: on


def draw(name: str, shape: tuple[int, ...], gain: float = 1.0) -> np.ndarray:
    """Draws the weight called `name`, in torch's layout (outputs, inputs, height, width).

    `gain` makes convolutions as much stronger as keeps an image's signal up to the logits: without it the biases alone
    decide them, and a kernel at the bottom that lies the wrong way round would not be noticed.
    """
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    last = name.rpartition(".")[2]
    if last == "running_var" or (last == "weight" and len(shape) == 1):
        return rng.uniform(0.5, 1.5, shape).astype("float32")
    if len(shape) == 1:
        return rng.normal(0.0, 0.2, shape).astype("float32")
    gain = gain if len(shape) == 4 else 1.0
    return rng.normal(0.0, gain * float(np.prod(shape[1:])) ** -0.5, shape).astype("float32")


def check_images_matter(logits: np.ndarray, name: str) -> None:
    """Refuses a gain with which two images have almost the same logits, or rounding alone would decide them."""
    share = np.abs(logits[0] - logits[1]).max() / np.abs(logits).max()
    assert 0.03 < share < 0.8, f"{name}: images make {share:.2g} of the logits"


def images(size: int) -> np.ndarray:
    """Draws pixels (2, size, size, 3) in [0, 255]."""
    return np.random.default_rng(size).integers(0, 256, (2, size, size, 3)).astype("float32")


def answers(name: str, pixels: str, gain: float) -> dict[str, list]:
    import timm
    import torch

    model = timm.create_model(name, pretrained=False, num_classes=NUM_CLASSES).double().eval()
    drawn = {
        key: torch.from_numpy(draw(key, tuple(value.shape), gain)).double()
        for key, value in model.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    model.load_state_dict(drawn, strict=False)
    found = {}
    for size in SIZES:
        x = NORMALISE[pixels](images(size).astype("float64")).astype("float32").transpose(0, 3, 1, 2)
        with torch.no_grad():
            logits = model(torch.from_numpy(np.ascontiguousarray(x)).double()).numpy()
        check_images_matter(logits, name)
        found[str(size)] = logits.round(7).tolist()
    return found


def main() -> None:
    path = Path(__file__).with_name("timm_logits.json")
    kept = json.loads(path.read_text()) if path.exists() else {}
    for name, row in NETWORKS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        kept[name] = answers(name, *row)
        lines = (f"{json.dumps(key)}: {json.dumps(entry)}" for key, entry in kept.items())
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
        print(name)


if __name__ == "__main__":
    main()
