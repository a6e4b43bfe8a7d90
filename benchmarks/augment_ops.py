"""How many images a second RandAugment changes, next to the other ways of doing it, all in one run.

    python benchmarks/augment_ops.py --memory              # 128, 224, 300 px, batches of 32 and 128: half an hour
    python benchmarks/augment_ops.py --sizes 224 --batches 32
    python benchmarks/augment_ops.py --tiny                # a minute, checks only that it runs

Last seen on 2 shared x86-64 cores, no GPU, Python 3.11, TensorFlow 2.21, Keras 3.15.1, batch 32,
median and spread of 3:

   px way                      images/s   CPU ms a batch   times  first s
  128 keras layer, batch             41      559.9 ± 4.5     1.0      1.6
  128 keras layer, per image         35      564.3 ± 8.1     1.0      4.8
  128 switch, per image             680       37.8 ± 7.1    14.8      2.3
  128 Pillow, workers              1311       11.8 ± 1.2    47.3      0.4
  128 ours                         1328       24.6 ± 2.2    22.8      1.0
  128 ours, compiled               4603        7.0 ± 0.4    80.5      3.6
  224 keras layer, batch             12     1726.4 ± 9.1     1.0      4.7
  224 keras layer, per image          7    1676.5 ± 43.6     1.0     27.6
  224 switch, per image             218       76.0 ± 3.6    22.7      6.1
  224 Pillow, workers               862       20.3 ± 2.7    85.1      0.7
  224 ours                          514       65.3 ± 1.3    26.4      2.3
  224 ours, compiled               1757       18.2 ± 0.2    95.1      4.8
  300 keras layer, batch              5    3149.1 ± 11.6     1.0      8.6
  300 keras layer, per image          4    3063.0 ± 47.9     1.0     39.2
  300 switch, per image             140     115.0 ± 18.0    27.4      7.2
  300 Pillow, workers               550       31.8 ± 7.9    99.1      0.8
  300 ours                          293      120.4 ± 1.8    26.2      2.3
  300 ours, compiled                960       32.9 ± 0.4    95.8      8.6

Two layers, magnitude 10. CPU time counts all cores and is what a training step loses; `times` is how much less of it
than keras.layers.RandAugment on the whole batch. Of the ways in tf.data, what the dataset costs without them is taken
off. The switch runs these same operations one image at a time, its geometry in TensorFlow's native kernel.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

MAGNITUDE = 10.0
LAYERS = 2
IN_A_ROW = 4  # batches
BASE = "keras layer, batch"
PILLOW = "Pillow, workers"
Batch = np.ndarray


class Spent(NamedTuple):
    """What one batch took, in seconds."""

    wall: float
    cpu: float


Run = Callable[[int], Spent]  # changes one batch in step number n


def timed(function: Callable[[], object]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def ours(images: Batch, compiled: bool) -> Run:
    import tensorflow as tf

    from effnetv2_keras.augment.operations import RELEASED_LIST, get_operations
    from effnetv2_keras.augment.rand_augment import draw_layers, rand_augment
    from effnetv2_keras.augment.randomness import StepSeed

    operations = get_operations(RELEASED_LIST)

    @tf.function(jit_compile=compiled, autograph=False)
    def step(batch, number, magnitude):
        layers = draw_layers(len(images), LAYERS, len(operations), StepSeed(0, number))
        return rand_augment(batch, layers, magnitude, operations)

    batch, magnitude = tf.constant(images), tf.constant(MAGNITUDE)
    return lambda number: timed(lambda: np.asarray(step(batch, tf.constant(number), magnitude)))


def keras_layer(images: Batch) -> Run:
    import keras
    import tensorflow as tf

    layer = keras.layers.RandAugment((0, 255), num_ops=LAYERS, factor=MAGNITUDE / 30)
    step = tf.function(lambda batch: layer(batch, training=True), autograph=False)
    batch = tf.constant(images.astype("float32"))
    return lambda number: timed(lambda: np.asarray(step(batch)))


def in_dataset(images: Batch, change: Callable) -> Run:
    """Maps single images, as an input pipeline does.

    Starting to read a dataset takes longer than a batch. So one batch and several are read, and the difference counts,
    less what the same dataset takes that changes nothing.
    """
    import tensorflow as tf

    traced = tf.function(change, autograph=False)

    def read(function: Callable | None, batches: int) -> Spent:
        dataset = tf.data.Dataset.from_tensor_slices(images).repeat(batches)
        if function is not None:
            dataset = dataset.map(function, num_parallel_calls=tf.data.AUTOTUNE)
        return timed(lambda: [np.asarray(batch) for batch in dataset.batch(len(images))])

    def a_batch(function: Callable | None) -> np.ndarray:
        return (np.array(read(function, 1 + IN_A_ROW)) - np.array(read(function, 1))) / IN_A_ROW

    return lambda number: Spent(*(a_batch(traced) - a_batch(None)))


def keras_layer_per_image(images: Batch) -> Run:
    import keras
    import tensorflow as tf

    layer = keras.layers.RandAugment((0, 255), num_ops=LAYERS, factor=MAGNITUDE / 30)
    return in_dataset(images, lambda image: layer(tf.cast(image, tf.float32)[None], training=True)[0])


def switch(images: Batch) -> Run:
    """One `switch_case` an image and layer, on the host."""
    import tensorflow as tf

    from effnetv2_keras.augment.level import Level
    from effnetv2_keras.augment.operations import RELEASED_LIST, get_operations

    operations = get_operations(RELEASED_LIST)

    def branch(operation, image, level):
        if operation.moves:
            matrix = [tf.cast(field, tf.float32)[0] / 65536 for field in operation.apply(
                *operation.arguments(level), level.height, level.width
            )]  # fmt: skip
            return native_warp(image, matrix, level.height, level.width)
        changed = operation.apply(tf.cast(image, tf.float32), *operation.arguments(level))
        return tf.cast(tf.clip_by_value(changed, 0.0, 255.0), tf.uint8)

    def change(image):
        image = image[None]
        for _ in range(LAYERS):
            sign = tf.sign(tf.random.uniform((1,)) - 0.5)
            level = Level(tf.fill((1,), MAGNITUDE), sign, tf.random.uniform((1, 2)), *image.shape[1:3])
            chosen = tf.random.uniform((), 0, len(operations), tf.int32)
            branches = [lambda row=row, image=image, level=level: branch(row, image, level) for row in operations]
            image = tf.ensure_shape(tf.switch_case(chosen, branches), image.shape)
        return image[0]

    return in_dataset(images, change)


def native_warp(image, matrix, height: int, width: int):
    """TensorFlow's own kernel, which XLA does not have; from centred half pixels to pixels from the corner."""
    import tensorflow as tf

    xx, xy, dx, yx, yy, dy = matrix
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    shift_x = middle_x + dx / 2 - xx * middle_x - xy * middle_y
    shift_y = middle_y + dy / 2 - yx * middle_x - yy * middle_y
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=image,
        transforms=tf.stack([xx, xy, shift_x, yx, yy, shift_y, 0.0, 0.0])[None],
        output_shape=(height, width),
        fill_value=128.0,
        interpolation="NEAREST",
    )


def pillow_chunk(chunk: Batch, number: int) -> float:
    """Changes a few images with Pillow, and returns the CPU seconds it took."""
    from PIL import Image, ImageEnhance, ImageOps

    start = time.process_time()
    random = np.random.default_rng(number)

    def affine(*data):
        return lambda photo: photo.transform(photo.size, Image.Transform.AFFINE, data, fillcolor=(128, 128, 128))

    def cutout(photo):
        x, y = random.integers(0, photo.size[0]), random.integers(0, photo.size[1])
        photo.paste((128, 128, 128), (x - 40, y - 40, x + 40, y + 40))
        return photo

    def enhance(enhancer):
        return lambda photo: enhancer(photo).enhance(1.9)

    solarize_add = [min(level + 110, 255) if level < 128 else level for level in range(256)] * 3
    operations = [
        ImageOps.autocontrast, ImageOps.equalize, ImageOps.invert, lambda photo: photo.rotate(30),
        lambda photo: ImageOps.posterize(photo, 4), lambda photo: ImageOps.solarize(photo, 171),
        enhance(ImageEnhance.Color), enhance(ImageEnhance.Contrast), enhance(ImageEnhance.Brightness),
        enhance(ImageEnhance.Sharpness), affine(1, 0.3, 0, 0, 1, 0), affine(1, 0, 0, 0.3, 1, 0),
        affine(1, 0, 50, 0, 1, 0), affine(1, 0, 0, 0, 1, 50), cutout, lambda photo: photo.point(solarize_add),
    ]  # fmt: skip
    for image in chunk:
        photo = Image.fromarray(image)
        for choice in random.integers(0, len(operations), LAYERS):
            photo = operations[choice](photo)
        np.asarray(photo)
    return time.process_time() - start


def pillow_workers(images: Batch) -> Run:
    pool = ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"))
    chunks = np.array_split(images, os.cpu_count() or 1)

    def run(number: int) -> Spent:
        there: list[float] = []
        here = timed(
            lambda: there.extend(pool.map(pillow_chunk, chunks, range(number * 100, number * 100 + len(chunks))))
        )
        return Spent(here.wall, here.cpu + sum(there))

    return run


WAYS: dict[str, Callable[[Batch], Run]] = {
    BASE: keras_layer,
    "keras layer, per image": keras_layer_per_image,
    "switch, per image": switch,
    PILLOW: pillow_workers,
    "ours": lambda images: ours(images, compiled=False),
    "ours, compiled": lambda images: ours(images, compiled=True),
}


def measure(size: int, batch: int, repeats: int) -> list[dict]:
    """Times every way at one size, in turns, so that a busy moment of the machine hits all."""
    images = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3)).astype("uint8")
    runs = {name: make(images) for name, make in WAYS.items()}
    first = {name: timed(lambda run=run: run(0)).wall for name, run in runs.items()}
    spent = {name: [] for name in runs}
    for number in range(1, repeats + 1):
        for name, run in runs.items():
            spent[name].append(run(number))
    cpu = {name: statistics.median(one.cpu for one in every) for name, every in spent.items()}
    return [
        {
            "size": size,
            "batch": batch,
            "way": name,
            "images_per_second": batch / statistics.median(one.wall for one in spent[name]),
            "cpu_ms": 1e3 * cpu[name],
            "cpu_spread_ms": 1e3 * statistics.pstdev(one.cpu for one in spent[name]),
            "times": cpu[BASE] / cpu[name],
            "first_s": first[name],
        }
        for name in WAYS
    ]


def peak_memory(name: str, size: int, batch: int) -> int:
    """Returns the most MiB that a fresh process held while it ran one way three times, above what it held before."""
    images = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3)).astype("uint8")
    WAYS[name](images[:1])  # TensorFlow itself is loaded before the count
    before = held("VmRSS")
    run = WAYS[name](images)
    for number in range(3):
        run(number)
    return (held("VmHWM") - before) // 1024


def held(field: str) -> int:
    """Reads KiB from Linux's account of this process: now (VmRSS) or at most so far (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def in_fresh_process(function: Callable[..., int], *arguments: Any) -> int:
    """Runs a function where nothing has been loaded yet."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(function, *arguments).result()


def table(rows: list[dict]) -> str:
    lines = [
        "| px | batch | way | images/s | CPU ms a batch | times | first call s | memory MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['size']} | {row['batch']} | {row['way']} | {row['images_per_second']:.0f} | {row['cpu_ms']:.1f} ± "
            f"{row['cpu_spread_ms']:.1f} | {row['times']:.1f} | {row['first_s']:.1f} | {row['memory_mib']} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 224, 300], help="px")
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="peak memory too: each way once more in its own process")
    parser.add_argument("--tiny", action="store_true", help="one small size, to see that it runs")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    settings = parser.parse_args()
    if settings.tiny:
        settings.sizes, settings.batches, settings.repeats = [32], [4], 1
    rows = []
    for size in settings.sizes:
        for batch in settings.batches:
            for row in measure(size, batch, settings.repeats):
                known = settings.memory and row["way"] != PILLOW  # its memory is that of its workers
                row["memory_mib"] = in_fresh_process(peak_memory, row["way"], size, batch) if known else "-"
                rows.append(row)
    print(table(rows))
    if not settings.tiny:
        write(rows, settings.results)


def write(rows: list[dict], folder: Path) -> None:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    folder.mkdir(exist_ok=True)
    path = folder / f"augment_ops-cpu-{commit or 'none'}.json"
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    path.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")
    print(f"\nWritten to {path}")


if __name__ == "__main__":
    main()
