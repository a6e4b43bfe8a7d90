"""What an image costs from its JPEG file to a batch, next to the other ways of doing it, all in one run.

    python benchmarks/input_pipeline.py                                  # about 15 minutes
    python benchmarks/input_pipeline.py --peers-python .venv-peers/bin/python      # with torchvision (make peers)
    python benchmarks/input_pipeline.py --tiny                           # a minute, checks only that it runs

Last seen on 2 shared x86-64 cores, no GPU, Python 3.11, TensorFlow 2.21, median and spread of 5 epochs of 150 batches:

   px way                      images/s   CPU ms an image   times
  128 Keras, resize then crop        989     1.01 ± 0.03    0.98
  128 decode, then crop             1010     0.99 ± 0.01    1.00
  128 ours, folder                  1174     0.85 ± 0.01    1.16
  128 ours, shards                  1129     0.89 ± 0.03    1.12
  128 ours, pyramid shards          2664     0.38 ± 0.01    2.64
  128 torchvision                    562     1.78 ± 0.03    0.56
  224 Keras, resize then crop        750     1.33 ± 0.03    0.89
  224 decode, then crop              840     1.19 ± 0.03    1.00
  224 ours, folder                   863     1.16 ± 0.02    1.04
  224 ours, shards                   859     1.16 ± 0.03    1.01
  224 ours, pyramid shards           862     1.16 ± 0.03    1.03
  224 torchvision                    477     2.10 ± 0.11    0.58
  300 Keras, resize then crop        554     1.80 ± 0.04    0.82
  300 decode, then crop              677     1.48 ± 0.06    1.00
  300 ours, folder                   739     1.35 ± 0.03    1.09
  300 ours, shards                   732     1.37 ± 0.04    1.08
  300 ours, pyramid shards           743     1.35 ± 0.05    1.12
  300 torchvision                    360     2.78 ± 0.10    0.55

Training EfficientNetV2-B0 in batches of 32, a step waits for its data 0.3 % of its time at 128 px and 0.01 % at 224.
"Decode, then crop" and Keras leave antialiasing out; ours does not, and is still ahead. The pyramid has copies of 160
and 256 px, which serve phases up to 204 px.

CPU time counts all cores of the process; `images/s` is what one core would do. The photos are 500 x 400 px, quality
90, about 68 kB, as ImageNet's are. Windows cover 8 to 100 % of a photo (Keras resizes the whole one and cuts a square
out of it, as its guides do). `times` is how many times less CPU than
"decode, then crop", the median over epochs measured one after the other; what it costs to begin an epoch is included.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from results_file import keep

import effnetv2_keras as ev2
from effnetv2_keras.data.shards.build import build_shards

BATCH = 32
BASE = "decode, then crop"
TORCHVISION = """
import json, sys, time
import torch
from torchvision import datasets, transforms
torch.set_num_threads(1)
folder, size, batches, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
window = transforms.Compose([transforms.RandomResizedCrop(size), transforms.PILToTensor()])
data = datasets.ImageFolder(folder, window)
order = torch.utils.data.RandomSampler(data, replacement=True, num_samples=batches * 32)
def once():
    begun = time.process_time()
    for _ in torch.utils.data.DataLoader(data, 32, sampler=order):
        pass
    return (time.process_time() - begun) / batches / 32
once()
print(json.dumps([once() for _ in range(repeats)]))
"""


def write_photos(folder: Path, count: int) -> None:
    """Writes photo-like JPEG files in four class folders: smooth shapes, edges and grain."""
    rng = np.random.default_rng(0)
    for number in range(count):
        layers = np.zeros((400, 500, 3), np.float32)
        for cells, strength in ((8, 60), (16, 40), (32, 30), (64, 20), (128, 12)):
            coarse = rng.normal(0, 1, (cells * 400 // 500, cells, 3)).astype("float32")
            planes = [Image.fromarray(coarse[..., c]).resize((500, 400), Image.Resampling.BICUBIC) for c in range(3)]
            layers += strength * np.stack([np.asarray(plane) for plane in planes], axis=-1)
        pixels = np.clip(layers + rng.normal(128, 6, layers.shape), 0, 255).astype("uint8")
        path = folder / f"class{number % 4}" / f"{number:04d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, quality=90)


def ours(source: ev2.open_source, size: int, steps: int) -> tf.data.Dataset:
    image = keras.Input((None, None, 3))
    knobs = ev2.Knobs(keras.Model(image, image), image_size=size)
    return ev2.make_dataset(source.train, BATCH, knobs=knobs, steps_per_epoch=steps)


def decode_then_crop(folder: Path, size: int, steps: int) -> tf.data.Dataset:
    """What guides write: read, decode the whole photo, cut a window out, resize."""
    files = sorted(map(str, folder.rglob("*.jpg")))

    def read(path: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        begin, extent, _ = tf.image.sample_distorted_bounding_box(
            tf.shape(image), tf.constant([[[0.0, 0.0, 1.0, 1.0]]]), area_range=(0.08, 1.0), min_object_covered=0.0
        )
        return tf.image.resize(tf.slice(image, begin, extent), (size, size)), label

    photos = tf.data.Dataset.from_tensor_slices((files, [0] * len(files))).shuffle(len(files)).repeat()
    photos = photos.map(read, num_parallel_calls=tf.data.AUTOTUNE)
    return photos.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE).take(steps)


def keras_way(folder: Path, size: int, steps: int) -> tf.data.Dataset:
    """`image_dataset_from_directory`, then `RandomCrop` of seven eighths, as keras.io does."""
    whole = size * 8 // 7
    photos = keras.utils.image_dataset_from_directory(
        folder, image_size=(whole, whole), batch_size=BATCH, verbose=False
    )
    crop = keras.layers.RandomCrop(size, size)
    cropped = photos.repeat().map(lambda images, labels: (crop(images, training=True), labels))
    return cropped.prefetch(tf.data.AUTOTUNE).take(steps)


def cpu_an_image(dataset: tf.data.Dataset, steps: int) -> float:
    """Times a whole epoch, what is read ahead included."""
    begun = time.process_time()
    for _ in dataset:
        pass
    return (time.process_time() - begun) / steps / BATCH


def measure(folder: Path, sizes: list[int], steps: int, repeats: int, peers: Path | None) -> list[dict]:
    photos = ev2.open_source(folder / "photos")
    build_shards(photos, folder / "shards")
    build_shards(photos, folder / "pyramid", pyramid=(160, 256))
    shards, pyramid = ev2.open_source(folder / "shards"), ev2.open_source(folder / "pyramid")
    rows = []
    for size in sizes:
        ways: dict[str, Callable[[], tf.data.Dataset]] = {
            "Keras, resize then crop": lambda size=size: keras_way(folder / "photos", size, steps),
            BASE: lambda size=size: decode_then_crop(folder / "photos", size, steps),
            "ours, folder": lambda size=size: ours(photos, size, steps),
            "ours, shards": lambda size=size: ours(shards, size, steps),
            "ours, pyramid shards": lambda size=size: ours(pyramid, size, steps),
        }
        made = {way: make() for way, make in ways.items()}
        for dataset in made.values():
            cpu_an_image(dataset, steps)  # to warm up
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(repeats):  # in turn, so that a busy moment meets every way
            for way, dataset in made.items():
                seconds[way].append(cpu_an_image(dataset, steps))
        if peers is not None:
            words = [str(peers), "-c", TORCHVISION, str(folder / "photos"), str(size), str(steps), str(repeats)]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            seconds["torchvision"] = json.loads(done.stdout)
        for way, times in seconds.items():
            middle = statistics.median(times)
            pairs = zip(seconds[BASE], times, strict=True)
            rows.append(
                {
                    "px": size,
                    "way": way,
                    "cpu_ms": 1000 * middle,
                    "spread_ms": 1000 * (max(times) - min(times)) / 2,
                    "images_per_second_and_core": 1 / middle,
                    "times": statistics.median(base / this for base, this in pairs),
                    "level": pyramid.train.level_for(size).side if "pyramid" in way else None,
                }
            )
            print(line(rows[-1]), flush=True)
    return rows


def waiting_share(folder: Path, sizes: list[int], steps: int) -> list[dict]:
    """Trains EfficientNetV2-B0 and measures how long each step waits for its batch."""
    photos, rows = ev2.open_source(folder / "photos"), []
    for size in sizes:
        classifier = ev2.Classifier(ev2.create_model("efficientnetv2-b0", num_classes=photos.num_classes))
        classifier.compile("adamw")
        data = ev2.make_dataset(photos.train, BATCH, knobs=classifier.knobs, image_size=size, steps_per_epoch=steps + 2)
        batches, waited, whole = iter(data), [], []
        for _ in range(steps + 2):
            begun = time.perf_counter()
            images, labels = next(batches)
            read = time.perf_counter()
            classifier.train_on_batch(images, labels)
            waited.append(read - begun)
            whole.append(time.perf_counter() - begun)
        share = sum(waited[2:]) / sum(whole[2:])
        rows.append({"px": size, "waiting_share": share, "step_ms": 1000 * statistics.median(whole[2:])})
        print(
            f"{size:>5} px: a step of V2-B0 takes {rows[-1]['step_ms']:.0f} ms, waiting is {share:.2%} of it",
            flush=True,
        )
    return rows


def line(row: dict) -> str:
    return (
        f"{row['px']:>5} {row['way']:<24} {row['images_per_second_and_core']:>9.0f}   "
        f"{row['cpu_ms']:>6.2f} ± {row['spread_ms']:.2f} {row['times']:>7.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 224, 300])
    parser.add_argument("--steps", type=int, default=150, help="batches of 32 an epoch, which is what is measured")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--peers-python", type=Path, help="an interpreter that has torchvision")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    if options.tiny:
        options.sizes, options.steps, options.repeats, options.photos = [64], 2, 1, 40
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_photos(folder / "photos", options.photos)
        print("   px way                      images/s   CPU ms an image   times")
        rows = measure(folder, options.sizes, options.steps, options.repeats, options.peers_python)
        waiting = waiting_share(folder, options.sizes[:2], 2 if options.tiny else 6)
    if options.tiny:
        return
    about = {"machine": platform.machine(), "cores": os.cpu_count(), "tensorflow": tf.__version__}
    keep("input_pipeline-cpu", {**about, "batch": BATCH, "rows": rows, "waiting": waiting}, options.out)


if __name__ == "__main__":
    main()
