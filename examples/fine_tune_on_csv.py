"""Fine-tunes a released network on the pictures that a table names, measures it, and exports it.

    python examples/fine_tune_on_csv.py photos.csv runs/photos --model efficientnetv2-s --weights imagenet21k

The table has a row a picture: `path` (relative to the table's folder), `label`, and `split` (train, validation) where
the split is yours to say; docs/data.md has the other columns. The first two epochs train the classifier alone; then the
rest follows, the slower the nearer it is to the pixels.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras

import effnetv2_keras as ev2
from effnetv2_keras.configs.optimizer import LearningRateSpec, OptimizerSpec
from effnetv2_keras.inference.evaluate import evaluate
from effnetv2_keras.training.learning_rate import make_learning_rate
from effnetv2_keras.training.optimizers import make_optimizer


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", default="efficientnetv2-s", help="a name of `effnetv2 models`, or a YAML file")
    parser.add_argument("--weights", default="imagenet21k", help="a tag of `effnetv2 weights list`, a path, or new")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=300, help="px")
    options = parser.parse_args(words)
    keras.utils.set_random_seed(0)

    photos = ev2.open_source(options.table)
    print(photos)
    weights = None if options.weights == "new" else options.weights
    network = ev2.create_model(options.model, num_classes=photos.num_classes, weights=weights)
    clf = ev2.Classifier(network)
    train = ev2.make_dataset(
        photos.train, batch_size=options.batch_size, knobs=clf.knobs, image_size=options.image_size
    )
    val = ev2.make_dataset(photos.validation, batch_size=options.batch_size, image_size=options.image_size)
    clf.knobs.turn("randaugment", 5.0)

    rate = make_learning_rate(
        LearningRateSpec(base=1e-3, per_images=0),
        batch_size=options.batch_size,
        steps_per_epoch=len(train),
        epochs=options.epochs,
    )
    from_weights = {"head_epochs": 2, "layer_decay": 0.8} if weights else {}  # new weights all learn from the start
    clf.compile(make_optimizer(OptimizerSpec("adamw"), rate), **from_weights)
    clf.fit(train, validation_data=val, epochs=options.epochs, verbose=2)

    served = ev2.export_saved_model(clf, options.out / "served", labels=photos.class_names)
    measured = evaluate(ev2.load_predictor(served.path), photos.validation)  # what is shipped is what is measured
    print(f"{served.path}: accuracy {measured.accuracy:.3f} on {measured.num_images} pictures")
    for name, recall in measured.recall.items():
        print(f"  {name}: {recall:.0%} found")


if __name__ == "__main__":
    main()
