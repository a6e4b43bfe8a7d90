"""Ways of taking a training step with TensorFlow; `train_step.py` starts one and says when it takes its STEPS steps."""

from __future__ import annotations

import argparse
import os

from in_turn import serve

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
CLASSES = 100
BUILDERS = {"efficientnetv2-b0": "EfficientNetV2B0", "efficientnetv2-s": "EfficientNetV2S"}


def random_batches(px: int, batch: int, steps: int) -> object:
    """Returns a dataset of `steps` batches of random pixels."""
    import numpy as np
    import tensorflow as tf

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, px, px, 3)).astype("uint8")
    labels = rng.integers(0, CLASSES, batch).astype("int32")
    return tf.data.Dataset.from_tensors((images, labels)).repeat(steps)


def keras_model(network: str, px: int) -> object:
    """Returns keras.applications' network, compiled as its guides do."""
    import keras

    build = getattr(keras.applications, BUILDERS[network])
    model = build(weights=None, classes=CLASSES, input_shape=(px, px, 3))
    model.compile(keras.optimizers.AdamW(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def our_model(network: str, xla: bool) -> object:
    """Returns our network in its classifier, without augmentation: this is about the step alone."""
    import effnetv2_keras as ev2
    from effnetv2_keras.configs.optimizer import OptimizerSpec
    from effnetv2_keras.training.optimizers import make_optimizer

    classifier = ev2.Classifier(ev2.create_model(network, num_classes=CLASSES), augmentation=None)
    classifier.compile(make_optimizer(OptimizerSpec("adamw"), 1e-3), jit_compile=xla)
    return classifier


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("keras", "ours", "ours-plain", "ours-xla"))
    parser.add_argument("network")
    parser.add_argument("px", type=int)
    parser.add_argument("batch", type=int)
    parser.add_argument("steps", type=int)
    parser.add_argument("precision", choices=("float32", "mixed_bfloat16"))
    asked = parser.parse_args()
    if asked.way == "ours-plain":
        os.environ["EFFNETV2_FAST_TRAINING"] = "0"

    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    keras.config.set_dtype_policy(asked.precision)
    if asked.way == "keras":
        model = keras_model(asked.network, asked.px)
    else:
        model = our_model(asked.network, asked.way == "ours-xla")
    data = random_batches(asked.px, asked.batch, asked.steps)

    def act() -> int:
        model.fit(data, verbose=0)
        return asked.steps * asked.batch

    serve(act)


if __name__ == "__main__":
    main()
