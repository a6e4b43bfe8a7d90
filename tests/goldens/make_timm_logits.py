"""Writes timm_logits.json: what timm's networks answer, for weights and images that anyone can draw again.

Command: make peers        (python tests/goldens/make_timm_logits.py, where torch and timm are installed)
Cost:    about 2 minutes and 3 GB of memory on 2 cores. Last written with torch 2.13.0 and timm 1.0.31.

Every weight is drawn from a generator seeded with its name, so the test needs neither torch nor timm: it draws the
same weights, puts them into our networks and compares the answers. timm asks for torchvision, but none of these
networks uses it; where it is not installed an empty stand-in is enough.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
import types
import zlib
from pathlib import Path

import numpy as np

SIZES = (64, 97)
NUM_CLASSES = 10

# fmt: off
NETWORKS = {
    #  timm                    image normalisation
    "tf_efficientnetv2_b0":    "imagenet",
    "tf_efficientnetv2_b1":    "imagenet",
    "tf_efficientnetv2_b2":    "imagenet",
    "tf_efficientnetv2_b3":    "imagenet",
    "tf_efficientnetv2_s":     "symmetric",
    "tf_efficientnetv2_m":     "symmetric",
    "tf_efficientnetv2_l":     "symmetric",
    "tf_efficientnetv2_xl":    "symmetric",
    "tf_efficientnet_b0":      "imagenet",
    "tf_efficientnet_b3":      "imagenet",
    "tf_efficientnet_b7":      "imagenet",
    "tf_efficientnet_b8":      "imagenet",
    "tf_efficientnet_lite0":   "imagenet",
    "efficientnet_b0":         "imagenet",      # PyTorch's padding and epsilon
    "mobilenetv2_100":         "imagenet",      # the same
}
NORMALISE = {
    "imagenet": lambda x: (x / 255.0 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225]),
    "symmetric": lambda x: (x - 128.0) / 128.0,
}
# fmt: on


def draw(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Draws the weight called `name`, in torch's layout (outputs, inputs, height, width)."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    last = name.rpartition(".")[2]
    if last == "running_var" or (last == "weight" and len(shape) == 1):
        return rng.uniform(0.5, 1.5, shape).astype("float32")
    if len(shape) == 1:
        return rng.normal(0.0, 0.2, shape).astype("float32")
    return rng.normal(0.0, float(np.prod(shape[1:])) ** -0.5, shape).astype("float32")


def images(size: int) -> np.ndarray:
    """Draws pixels (2, size, size, 3) in [0, 255]."""
    return np.random.default_rng(size).integers(0, 256, (2, size, size, 3)).astype("float32")


class Nothing(type):
    """A class that has every attribute, each another such class. It may be inherited from and called."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(cls, name, Nothing(name, (), {}))
        return cls.__dict__[name]


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers every import from torchvision with nothing of use, but for `torchvision.models`, which timm can miss."""

    def find_spec(self, name, path=None, target=None):
        is_wanted = name.split(".")[0] == "torchvision" and not name.startswith("torchvision.models")
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if is_wanted else None

    def create_module(self, spec):
        module = type("Module", (types.ModuleType,), {"__getattr__": lambda self, name: getattr(NOTHING, name)})
        return module(spec.name)

    def exec_module(self, module):
        pass


NOTHING = Nothing("NOTHING", (), {})


def stand_in_for_torchvision() -> None:
    if importlib.util.find_spec("torchvision") is None:
        sys.meta_path.append(StandIn())


def answers(name: str, pixels: str) -> dict[str, list]:
    import timm
    import torch

    model = timm.create_model(name, pretrained=False, num_classes=NUM_CLASSES).eval()
    drawn = {
        key: torch.from_numpy(draw(key, tuple(value.shape)))
        for key, value in model.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    model.load_state_dict(drawn, strict=False)
    found = {}
    for size in SIZES:
        x = NORMALISE[pixels](images(size).astype("float64")).astype("float32").transpose(0, 3, 1, 2)
        with torch.no_grad():
            found[str(size)] = model(torch.from_numpy(np.ascontiguousarray(x))).double().numpy().round(7).tolist()
    return found


def main() -> None:
    stand_in_for_torchvision()
    lines = [f"{json.dumps(name)}: {json.dumps(answers(name, pixels))}" for name, pixels in NETWORKS.items()]
    Path(__file__).with_name("timm_logits.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
