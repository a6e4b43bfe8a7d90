"""Writes a SavedModel that takes image files and answers with names, made for TF Serving."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras

from effnetv2_keras.configs.rules import check_choice
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.deploy import Deployed, deploy
from effnetv2_keras.export.exported import Exported, size_on_disk
from effnetv2_keras.export.manifest import describe, write_manifest
from effnetv2_keras.export.parity import check_photos
from effnetv2_keras.export.publish import publish_version, version_folder
from effnetv2_keras.export.save_quietly import save_quietly
from effnetv2_keras.export.serving import PRECISIONS, Precision, Serving
from effnetv2_keras.export.signatures import Served
from effnetv2_keras.export.subject import Subject, as_evaluated, make_subject
from effnetv2_keras.export.trained import Trained, open_trained
from effnetv2_keras.export.verify import Verified, verify
from effnetv2_keras.models.precision import is_float32

# Largest error of a probability that is let through. If two logits stray by d from each other, that is d / 4 at most,
# since p (1 - p) <= 1/4. bfloat16 rounds by 1/256: logits of 20 that are 2 % off make d = 0.4.
TOLERANCE = {"float32": 1e-4, "bfloat16": 1e-1}


def export_saved_model(
    model: keras.Model | Trained | str | os.PathLike,
    directory: str | os.PathLike,
    *,
    labels: Sequence[str] | None = None,
    version: int | None = None,
    image_size: int | None = None,
    top_k: int = 5,
    preprocessing: str | None = None,
    precision: Precision = "float32",
    serving: Serving = Serving(),  # noqa: B008  frozen
    check_on: Sequence[str | os.PathLike] = (),
) -> Exported:
    """Writes `directory/<version>` for TF Serving: preprocessing, labels and a warm-up file included.

    | signature | takes | gives |
    |---|---|---|
    | `serving_default` | `image_bytes` (B,) string, the files' bytes | `classes` (B, top_k) string, `scores` float32 |
    | `serving_images` | `images` (B, S, S, 3) float32 in [0, 255] | `probabilities` (B, K) float32 |
    | `serving_images_uint8` | the same as uint8, a quarter of the bytes | `probabilities` (B, K) float32 |
    | `serving_example` | `inputs` (B,) string, `tf.train.Example` with `image/encoded` | like `serving_default` |
    | `serving_features` | `image_bytes` (B,) string | `features` (B, D) float32; with `Serving(has_features=True)` |

    The folder is written aside, opened the way a server opens it, warmed up, compared with `model` on photos, and
    renamed: a server never sees half a version. Beside the model are `manifest.json` and a model card, `README.md`.

    Args:
        model: a `Classifier`, with the moving average of its weights if it has one, a network, or a run directory or
            what `open_trained` returns for it; gives logits, a softmax or a sigmoid.
        directory: holds the versions; made where it is missing.
        labels: a name a class, in order; None for those of the run, else "0", "1" and so on.
        version: at least 1; None for one above the highest present.
        image_size: px, at least 32; None is the size of the last validation, else of the last phase, else the
            model's own.
        top_k: classes in an answer, at least 1; all K where there are fewer.
        preprocessing: which part of a photo is seen, as in `make_dataset`; None for that of the run, else see
            `make_subject`.
        precision: float32, or bfloat16 inside and float32 outside: half the size, and faster where the processor has
            AMX or AVX512-BF16.
        serving: what happens to the network, and what the server is told.
        check_on: photos to compare on; none for a portrait in four formats.

    Returns:
        An `Exported`: `.path` is the folder of the version.

    Raises:
        UsageError: if a setting breaks a rule or the version is there already.
        DataError: if `model` is a path that is no run directory, or no epoch of the run has ended yet.
        RuntimeError: if the written model cannot be served, or strays from `model` further than its precision explains.
    """
    check_choice("precision", precision, PRECISIONS)
    if top_k < 1:
        raise UsageError(f"`top_k` must be at least 1. Got: {top_k}.")
    version_folder(Path(directory), version)  # refused before any work is done
    trained = open_trained(model, labels, preprocessing)
    subject = make_subject(trained.model, trained.labels, image_size, trained.preprocessing)
    photos = check_photos([Path(path) for path in check_on])
    seen: list[tuple[Deployed, Verified]] = []

    def write(aside: Path) -> None:
        deployed = deploy(
            subject,
            precision,
            fold_bn=serving.fold_bn,
            freeze=serving.freeze,
            has_features=serving.has_features,
        )
        _save(subject, deployed, top_k, serving, aside)
        verified = verify(aside, subject, photos, serving.batch_sizes, _tolerance(subject, precision))
        facts = describe(subject, deployed, verified, precision=precision, serving=serving, metrics=trained.metrics)
        write_manifest(aside, facts)
        seen.append((deployed, verified))

    with as_evaluated(trained.model):
        folder = publish_version(Path(directory), version, write)
    [(deployed, verified)] = seen
    return Exported(
        folder, size_on_disk(folder), subject.image_size, verified.parity.max_abs_error, verified.parity, deployed.notes
    )


def _save(subject: Subject, deployed: Deployed, top_k: int, serving: Serving, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        labels_file = Path(scratch) / "labels.txt"
        labels_file.write_text("".join(f"{label}\n" for label in subject.labels), encoding="utf-8")
        served = Served(subject, deployed, top_k, serving, labels_file)
        save_quietly(served, folder, served.endpoints)


def _tolerance(subject: Subject, precision: str) -> float:
    """Returns how far it may stray; a model that itself computes in half precision is no closer reference."""
    return TOLERANCE[precision if is_float32(subject.network) else "bfloat16"]
