"""Writes torch_weights.json: what weights of timm, torchvision and the listing are called, and what they answer.

Command: make peers        (python tests/goldens/make_torch_weights.py, where torch, torchvision and timm are installed;
         names such as torchvision/efficientnet_b0 behind it write these alone)
Cost:    about 4 minutes and 3 GB of memory on 2 cores. Last written with torch 2.14.1, torchvision 0.29.1, timm 1.0.31.

Weights and images are drawn as in make_timm_logits.py, which has timm's answers; here are the shapes of its tensors.
"""

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
from layer_lines import to_lines, to_shapes
from make_timm_logits import NETWORKS as TIMM
from make_timm_logits import NUM_CLASSES, SIZES, check_images_matter, draw, images

MEAN = {"imagenet": (123.675, 116.28, 103.53), "inception": (127.5,)}
DEVIATION = {"imagenet": (58.395, 57.12, 57.375), "inception": (127.5,)}

# fmt: off
TORCHVISION = {
    #  torchvision          normalisation of its released weights, gain
    "efficientnet_v2_s":    ("imagenet",  1.05),
    "efficientnet_v2_m":    ("imagenet",  1.01),
    "efficientnet_v2_l":    ("inception", 1.00),
    "efficientnet_b0":      ("imagenet",  1.32),
    "efficientnet_b1":      ("imagenet",  1.28),
    "efficientnet_b2":      ("imagenet",  1.32),
    "efficientnet_b3":      ("imagenet",  1.29),
    "efficientnet_b4":      ("imagenet",  1.32),
    "efficientnet_b5":      ("imagenet",  1.25),
    "efficientnet_b6":      ("imagenet",  1.21),
    "efficientnet_b7":      ("imagenet",  1.17),
}
LISTING = {
    #  name     stem  head   gain   operator kernel stride expand channels layers
    "small":   (8,    64,  1.2,  (("fused",  3,    1,     1,       8,      2),
                                  ("fused",  3,    2,     4,      16,      2),
                                  ("mbconv", 3,    2,     4,      24,      3),
                                  ("mbconv", 3,    1,     6,      32,      1),
                                  ("mbconv", 3,    2,     6,      40,      2))),
    "s":       (24, 1280,  1.10, (("fused",  3,    1,     1,      24,      2),
                                  ("fused",  3,    2,     4,      48,      4),
                                  ("fused",  3,    2,     4,      64,      4),
                                  ("mbconv", 3,    2,     4,     128,      6),
                                  ("mbconv", 3,    1,     6,     160,      9),
                                  ("mbconv", 3,    2,     6,     256,     15))),
}
# fmt: on


def shapes_of(model):
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


def answers(model, name, pixels, gain):
    """Returns the logits of `model` with drawn weights, in float64 as in make_timm_logits.py."""
    import torch

    model = model.double().eval()
    drawn = {key: draw(key, shape, gain) for key, shape in shapes_of(model).items() if "num_batches" not in key}
    model.load_state_dict({key: torch.from_numpy(value).double() for key, value in drawn.items()}, strict=False)
    found = {}
    for size in SIZES:
        x = (images(size).astype("float64") - MEAN[pixels]) / DEVIATION[pixels]
        with torch.no_grad():
            logits = model(torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))))
        check_images_matter(logits.numpy(), name)
        found[str(size)] = logits.numpy().round(7).tolist()
    return found


def networks():
    """Yields key, a way to build, normalisation (None where timm_logits.json has the answers) and gain."""
    import timm
    import torchvision
    from listing_network import listing_network

    for name, (_, gain) in TIMM.items():
        build = partial(timm.create_model, name, pretrained=False, num_classes=NUM_CLASSES)
        yield f"timm/{name}", build, None, gain
    for name, (pixels, gain) in TORCHVISION.items():
        build = partial(getattr(torchvision.models, name), num_classes=NUM_CLASSES)
        yield f"torchvision/{name}", build, pixels, gain
    for name, (stem, head, gain, rows) in LISTING.items():
        yield f"listing/{name}", partial(listing_network, stem, rows, head, NUM_CLASSES), "inception", gain


def main() -> None:
    path = Path(__file__).with_name("torch_weights.json")
    kept = json.loads(path.read_text()) if path.exists() else {}
    for key, build, pixels, gain in networks():
        if sys.argv[1:] and key not in sys.argv[1:]:
            continue
        model = build()
        lines = to_lines(shapes_of(model))
        assert to_shapes(lines) == shapes_of(model), key
        kept[key] = {"gain": gain}
        if pixels:
            kept[key] |= {"pixels": pixels, "logits": answers(model, key, pixels, gain)}
        kept[key]["layers"] = lines
        path.write_text(as_text(kept))
        print(f"{key}: {len(lines)} lines")


def as_text(kept: dict) -> str:
    """Returns the JSON with a line a layer."""
    entries = []
    for key, entry in kept.items():
        layers = ",\n  ".join(f"{json.dumps(layer)}: {json.dumps(kind)}" for layer, kind in entry["layers"].items())
        head = "".join(f"{json.dumps(name)}: {json.dumps(one)},\n " for name, one in entry.items() if name != "layers")
        entries.append(f'{json.dumps(key)}: {{\n {head}"layers": {{\n  {layers}}}}}')
    return "{\n" + ",\n".join(entries) + "\n}\n"


if __name__ == "__main__":
    main()
