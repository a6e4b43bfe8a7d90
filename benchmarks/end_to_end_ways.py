"""Ways from JPEG files to updated weights with TensorFlow; `end_to_end.py` starts one and has it train an epoch."""

from __future__ import annotations

import argparse
import os

from in_turn import cpu_seconds, serve

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
MAGNITUDE = 10


def keras_way(folder: str, px: int, batch: int) -> tuple[object, object, object, int]:
    """Returns model, data, data without augmentation and steps of what keras.io's guides do.

    Decoding, then `RandAugment` in the map, then `fit`.
    """
    import keras
    import tensorflow as tf

    photos = keras.utils.image_dataset_from_directory(folder, image_size=(px, px), batch_size=batch, verbose=False)
    augment = keras.layers.RandAugment((0, 255), num_ops=2, factor=MAGNITUDE / 30)
    flip = keras.layers.RandomFlip("horizontal")

    def change(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        changed = augment(flip(images, training=True), training=True)
        return tf.ensure_shape(changed, (None, px, px, 3)), labels

    data = photos.map(change, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    model = keras.applications.EfficientNetV2B0(weights=None, classes=4, input_shape=(px, px, 3))
    model.compile(keras.optimizers.AdamW(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, data, photos.prefetch(tf.data.AUTOTUNE), len(photos)


def our_way(folder: str, px: int, batch: int) -> tuple[object, object, object, int]:
    """Returns model, data, data without augmentation and steps of ours, as `effnetv2 train` does it."""
    import effnetv2_keras as ev2
    from effnetv2_keras.augment.compiling import CompileChoice
    from effnetv2_keras.configs.optimizer import OptimizerSpec
    from effnetv2_keras.training.optimizers import make_optimizer

    photos = ev2.open_source(folder)
    classifier = ev2.Classifier(ev2.create_model("efficientnetv2-b0", num_classes=4), image_size=px)
    classifier.compile(make_optimizer(OptimizerSpec("adamw"), 1e-3))
    classifier.knobs.turn("randaugment", MAGNITUDE)
    classifier.augmenter.plan([CompileChoice(True, "a long phase")])
    steps = len(photos.train) // batch
    data = ev2.make_dataset(photos.train, batch, knobs=classifier.knobs, steps_per_epoch=steps)
    return classifier, data, data, steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("keras", "ours"))
    parser.add_argument("folder")
    parser.add_argument("px", type=int)
    parser.add_argument("batch", type=int)
    asked = parser.parse_args()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    make = {"keras": keras_way, "ours": our_way}[asked.way]
    model, data, decoded, steps = make(asked.folder, asked.px, asked.batch)

    def act() -> int:
        model.fit(data, verbose=0)
        return steps * asked.batch

    def shares() -> dict:
        """Reads the files once more without training, and trains once more on one batch that stays in memory."""
        begun = cpu_seconds()
        for batch in decoded:
            kept = batch
        reading = cpu_seconds() - begun
        held = tf.data.Dataset.from_tensors(kept).repeat(steps)
        if asked.way == "ours":
            model.knobs.turn("randaugment", 0)
        model.fit(held, verbose=0)
        begun = cpu_seconds()
        model.fit(held, verbose=0)
        images = steps * asked.batch
        return {"decode_cpu_ms": 1000 * reading / images, "step_cpu_ms": 1000 * (cpu_seconds() - begun) / images}

    serve(act, shares)


if __name__ == "__main__":
    main()
