"""The ways of doing RandAugment that augment_ops.py compares: each makes a function that changes one batch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import numpy as np
from augment_timing import LAYERS, MAGNITUDE, SLOW, Batch, Make, Run, Spent, timed
from augment_workers import in_python, pillow, workers

BASE = "keras layer, batch"
IN_A_ROW = 4  # batches that are read from a dataset to find the time of one; one where they are slow


def ours(images: Batch, closing: ExitStack, compiled: bool) -> Run:
    import tensorflow as tf

    from effnetv2_keras.augment.operations import RELEASED_LIST, get_operations
    from effnetv2_keras.augment.rand_augment import draw_layers, rand_augment
    from effnetv2_keras.augment.randomness import StepSeed

    operations = get_operations(RELEASED_LIST)

    @tf.function(jit_compile=compiled, autograph=False)
    def step(batch, number, magnitude):
        layers = draw_layers(len(images), LAYERS, len(operations), StepSeed(0, number))
        return rand_augment(batch, layers, magnitude, operations)

    batch, magnitude = tf.constant(images), tf.constant(float(MAGNITUDE))
    return lambda number: timed(lambda: np.asarray(step(batch, tf.constant(number), magnitude)))


def keras_layer(images: Batch, closing: ExitStack) -> Run:
    import keras
    import tensorflow as tf

    layer = keras.layers.RandAugment((0, 255), num_ops=LAYERS, factor=MAGNITUDE / 30)
    step = tf.function(lambda batch: layer(batch, training=True), autograph=False)
    batch = tf.constant(images.astype("float32"))
    return lambda number: timed(lambda: np.asarray(step(batch)))


def keras_layer_per_image(images: Batch, closing: ExitStack) -> Run:
    import keras
    import tensorflow as tf

    layer = keras.layers.RandAugment((0, 255), num_ops=LAYERS, factor=MAGNITUDE / 30)
    return in_dataset(images, lambda image: layer(tf.cast(image, tf.float32)[None], training=True)[0])


def in_dataset(images: Batch, change: Callable) -> Run:
    """Maps single images, as an input pipeline does.

    Starting to read a dataset takes longer than a batch. So one batch and several are read, and the difference counts,
    less what the same dataset takes that changes nothing. Number 0 traces, and reads a single batch.
    """
    import tensorflow as tf

    traced = tf.function(change, autograph=False)

    def read(function: Callable | None, batches: int) -> Spent:
        dataset = tf.data.Dataset.from_tensor_slices(images).repeat(batches)
        if function is not None:
            dataset = dataset.map(function, num_parallel_calls=tf.data.AUTOTUNE)
        return timed(lambda: [np.asarray(batch) for batch in dataset.batch(len(images))])

    def a_batch(function: Callable | None) -> np.ndarray:
        one = read(function, 1)
        more = 1 if one.wall > SLOW else IN_A_ROW
        return (np.array(read(function, 1 + more)) - np.array(one)) / more

    return lambda number: Spent(*(a_batch(traced) - a_batch(None))[:2]) if number else read(traced, 1)


def switch(images: Batch, closing: ExitStack) -> Run:
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
            level = Level(tf.fill((1,), float(MAGNITUDE)), sign, tf.random.uniform((1, 2)), *image.shape[1:3])
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


def ways(peers_python: str | None) -> dict[str, Make]:
    """Returns every way by its name; torchvision's where an interpreter has it."""
    theirs: dict[str, Make] = {}
    if peers_python is not None:
        theirs["torchvision, workers"] = partial(in_python, peers_python)
    return {
        BASE: keras_layer,
        "keras layer, per image": keras_layer_per_image,
        "switch, per image": switch,
        "Pillow, workers": partial(workers, load=pillow),
        **theirs,
        "ours": partial(ours, compiled=False),
        "ours, compiled": partial(ours, compiled=True),
    }
