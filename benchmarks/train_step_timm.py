"""timm's training step, in a process of its own: runs with the Python of `make peers`, as `train_step_ways.py` does."""

from __future__ import annotations

import argparse

import timm
import torch
from in_turn import serve
from train_step_ways import CLASSES

NAMES = {"efficientnetv2-b0": "tf_efficientnetv2_b0", "efficientnetv2-s": "tf_efficientnetv2_s"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("timm", "timm-compile"))
    parser.add_argument("network")
    parser.add_argument("px", type=int)
    parser.add_argument("batch", type=int)
    parser.add_argument("steps", type=int)
    parser.add_argument("precision", choices=("float32", "mixed_bfloat16"))
    asked = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    model = timm.create_model(NAMES[asked.network], num_classes=CLASSES, drop_rate=0.2, drop_path_rate=0.2)
    model = model.to(memory_format=torch.channels_last).train()
    step_of = torch.compile(model) if asked.way == "timm-compile" else model
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    pixels = torch.randint(0, 256, (asked.batch, 3, asked.px, asked.px), dtype=torch.uint8)
    labels = torch.randint(0, CLASSES, (asked.batch,))
    loss_of = torch.nn.CrossEntropyLoss()
    is_narrow = asked.precision == "mixed_bfloat16"

    def act() -> int:
        for _ in range(asked.steps):
            images = (pixels.to(memory_format=torch.channels_last).float() - 127.5) / 127.5
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=is_narrow):
                loss = loss_of(step_of(images).float(), labels)
            loss.backward()
            optimizer.step()
        return asked.steps * asked.batch

    serve(act)


if __name__ == "__main__":
    main()
