"""RandAugment in worker processes, one a core: Pillow's operations, and torchvision's own.

augment_ops.py imports this file, and runs it where torchvision is installed, which TensorFlow is not:

    .venv-peers/bin/python benchmarks/augment_workers.py --size 224 --batch 32

Each line it reads, a step number, is answered by what the batch took, as JSON.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from augment_timing import LAYERS, MAGNITUDE, Batch, Run, Spent, held, random_batch, timed

Change = Callable[[Batch, int], None]  # changes a few images with random numbers that grow from a whole number


class Chunk(NamedTuple):
    """What a worker tells of the images that it changed."""

    cpu: float  # s
    process: int
    above: int  # KiB, the most it has held so far, above what it held before its first image


def workers(images: Batch, closing: ExitStack, load: Callable[[], Change]) -> Run:
    """Changes a batch in as many processes as there are cores."""
    cores = os.cpu_count() or 1
    pool = closing.enter_context(ProcessPoolExecutor(cores, mp_context=get_context("spawn")))
    chunks = np.array_split(images, cores)

    def run(number: int) -> Spent:
        there: list[Chunk] = []
        tasks = [functools.partial(changed, load, number * 100 + place) for place in range(cores)]
        here = timed(lambda: there.extend(pool.map(call, tasks, chunks)))
        above = {chunk.process: chunk.above for chunk in there}
        return Spent(here.wall, here.cpu + sum(chunk.cpu for chunk in there), sum(above.values()))

    return run


def call(task: Callable[[Batch], Chunk], chunk: Batch) -> Chunk:
    return task(chunk)


def changed(load: Callable[[], Change], number: int, chunk: Batch) -> Chunk:
    """Runs in a worker."""
    change, before = loaded(load)
    start = time.process_time()
    change(chunk, number)
    return Chunk(time.process_time() - start, os.getpid(), held("VmHWM") - before)


@functools.cache
def loaded(load: Callable[[], Change]) -> tuple[Change, int]:
    """Loads the libraries of a way, and looks at the memory they take."""
    return load(), held("VmRSS")


def pillow() -> Change:
    """The sixteen operations of the released list, as Pillow has them."""
    from PIL import Image, ImageEnhance, ImageOps

    def affine(*data):
        return lambda photo, random: photo.transform(
            photo.size, Image.Transform.AFFINE, data, fillcolor=(128, 128, 128)
        )

    def cutout(photo, random):
        x, y = random.integers(0, photo.size[0]), random.integers(0, photo.size[1])
        photo.paste((128, 128, 128), (x - 40, y - 40, x + 40, y + 40))
        return photo

    def enhance(enhancer):
        return lambda photo, random: enhancer(photo).enhance(1.9)

    def plain(function, *arguments):
        return lambda photo, random: function(photo, *arguments)

    solarize_add = [min(level + 110, 255) if level < 128 else level for level in range(256)] * 3
    operations = [
        plain(ImageOps.autocontrast), plain(ImageOps.equalize), plain(ImageOps.invert), plain(Image.Image.rotate, 30),
        plain(ImageOps.posterize, 4), plain(ImageOps.solarize, 171), enhance(ImageEnhance.Color),
        enhance(ImageEnhance.Contrast), enhance(ImageEnhance.Brightness), enhance(ImageEnhance.Sharpness),
        affine(1, 0.3, 0, 0, 1, 0), affine(1, 0, 0, 0.3, 1, 0), affine(1, 0, 50, 0, 1, 0), affine(1, 0, 0, 0, 1, 50),
        cutout, plain(Image.Image.point, solarize_add),
    ]  # fmt: skip

    def change(chunk: Batch, number: int) -> None:
        random = np.random.default_rng(number)
        for image in chunk:
            photo = Image.fromarray(image)
            for choice in random.integers(0, len(operations), LAYERS):
                photo = operations[choice](photo, random)
            np.asarray(photo)

    return change


def torchvision() -> Change:
    """The fourteen operations of torchvision, one of them none, on Pillow images as in its own training scripts."""
    import torch
    from PIL import Image
    from torchvision.transforms.v2 import RandAugment

    torch.set_num_threads(1)  # the other cores have workers of their own
    augment = RandAugment(num_ops=LAYERS, magnitude=MAGNITUDE, num_magnitude_bins=31, fill=128)

    def change(chunk: Batch, number: int) -> None:
        torch.manual_seed(number)
        for image in chunk:
            np.asarray(augment(Image.fromarray(image)))

    return change


def in_python(python: str, images: Batch, closing: ExitStack) -> Run:
    """Runs this file with another interpreter, and asks it for batch after batch of that size."""
    batch, size = images.shape[:2]
    command = [python, __file__, "--size", str(size), "--batch", str(batch)]
    child = closing.enter_context(
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    )

    def run(number: int) -> Spent:
        child.stdin.write(f"{number}\n")
        return Spent(*json.loads(child.stdout.readline()))

    return run


def has_torchvision(python: str) -> bool:
    """Tells whether an interpreter is there and finds torchvision."""
    try:
        return subprocess.run([python, "-c", "import torchvision"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, required=True, help="px")
    parser.add_argument("--batch", type=int, required=True)
    settings = parser.parse_args()
    with ExitStack() as closing:
        run = workers(random_batch(settings.size, settings.batch), closing, torchvision)
        for line in sys.stdin:
            print(json.dumps(run(int(line))), flush=True)


if __name__ == "__main__":
    main()
