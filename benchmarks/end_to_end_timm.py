"""timm's way from JPEG files to updated weights: its transforms, PyTorch's loader, its network."""

from __future__ import annotations

import argparse

import timm
import torch
from in_turn import cpu_seconds, serve
from timm.data import create_transform
from torchvision.datasets import ImageFolder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("px", type=int)
    parser.add_argument("batch", type=int)
    asked = parser.parse_args()
    torch.set_num_threads(2)
    change = create_transform(asked.px, is_training=True, auto_augment="rand-m10-n2")
    photos = ImageFolder(asked.folder, change)
    loader = torch.utils.data.DataLoader(photos, asked.batch, shuffle=True, num_workers=2, drop_last=True)
    model = timm.create_model("tf_efficientnetv2_b0", num_classes=4, drop_rate=0.2, drop_path_rate=0.2)
    model = model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    loss_of = torch.nn.CrossEntropyLoss()

    def step(images: torch.Tensor, labels: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss_of(model(images.to(memory_format=torch.channels_last)), labels).backward()
        optimizer.step()

    def act() -> int:
        for images, labels in loader:
            step(images, labels)
        return len(loader) * asked.batch

    def shares() -> dict:
        begun = cpu_seconds()
        for images, labels in loader:
            kept = images, labels
        reading = cpu_seconds() - begun
        begun = cpu_seconds()
        for _ in range(len(loader)):
            step(*kept)
        count = len(loader) * asked.batch
        return {
            "decode_and_augment_cpu_ms": 1000 * reading / count,
            "step_cpu_ms": 1000 * (cpu_seconds() - begun) / count,
        }

    serve(act, shares)


if __name__ == "__main__":
    main()
