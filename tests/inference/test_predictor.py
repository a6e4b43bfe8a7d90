import hashlib
import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageOps

from effnetv2_keras.errors import DataError
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.inference.predictor import load_predictor

REASONS = [
    "cannot be decoded: truncated or damaged (Truncated File Read)",
    "not an image: an HTML page",
    "empty file",
    "No such file or directory",
]
KINDS = ("run", "saved_model", "tflite")


@pytest.fixture(scope="module")
def predictors(forms):
    return {kind: load_predictor(path) for kind, path in forms.items()}


def scores_by_label(answer):
    return dict(zip(answer.labels, answer.scores, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_is_recognised_with_its_labels_and_size(predictors, kind):
    predictor = predictors[kind]
    assert (predictor.kind, predictor.labels, predictor.image_size) == (kind, ("blue", "green", "red"), 40)


def test_every_form_gives_the_same_answers(predictors, mixed_files, mixed_photos):
    first, *others = [predictors[kind].answer(mixed_photos, 3) for kind in KINDS]
    for other in others:
        assert [answer.path for answer in other] == [str(path) for path in mixed_files]
        assert [answer.error for answer in other] == [answer.error for answer in first]
        assert [answer.labels for answer in other] == [answer.labels for answer in first]
        for one, two in zip(first, other, strict=True):
            np.testing.assert_allclose(one.scores, two.scores, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_no_image_are_named_and_the_others_answered(predictors, mixed_files, mixed_photos, kind):
    answers = predictors[kind].answer(mixed_photos, 3)
    failed = [path.name for path, answer in zip(mixed_files, answers, strict=True) if answer.error]
    assert failed == ["3.jpg", "5.jpg", "7.jpg", "8.jpg"]
    reasons = [answer.error for answer in answers if answer.error]
    assert reasons == REASONS
    assert all(answer.labels == () for answer in answers if answer.error)
    assert all(sum(answer.scores) == pytest.approx(1, abs=1e-5) for answer in answers if not answer.error)


@pytest.mark.parametrize("kind", KINDS)
def test_only_unreadable_files_are_answered_too(predictors, mixed_photos, kind):
    assert [bool(answer.error) for answer in predictors[kind].answer([mixed_photos[4]], 3)] == [True]


def test_every_form_scores_pixels_of_all_classes_alike(predictors):
    images = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3)).astype("uint8")
    first, *others = [predictors[kind].score(images) for kind in KINDS]
    assert first.shape == (2, 3)
    for other in others:
        np.testing.assert_allclose(other, first, atol=1e-5)
    assert [predictors[kind].takes_any_size for kind in KINDS] == [True, False, False]
    assert predictors["run"].score(images[:, :36, :36]).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_the_answers_are_those_of_the_network_on_pillows_pixels(predictors, tiny_classifier, mixed_files, mixed_photos):
    photo = ImageOps.exif_transpose(Image.open(mixed_files[1])).resize((40, 40), Image.Resampling.BILINEAR)
    logits = np.asarray(tiny_classifier(np.asarray(photo, np.float32)[None]), np.float64)[0]
    expected = np.exp(logits) / np.exp(logits).sum()
    got = scores_by_label(predictors["run"].answer([mixed_photos[1]], 3)[0])
    assert [got[label] for label in ("blue", "green", "red")] == pytest.approx(list(expected), abs=2e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("top", "count"), [(1, 1), (2, 2), (5, 3)])
def test_best_classes_come_first_as_many_as_asked_for(predictors, mixed_photos, kind, top, count):
    (answer,) = predictors[kind].answer(mixed_photos[:1], top)
    assert len(answer.labels) == len(answer.scores) == count
    assert list(answer.scores) == sorted(answer.scores, reverse=True)


def test_a_saved_model_is_found_by_the_folder_of_its_versions(forms, tmp_path):
    for version in ("2", "10"):
        shutil.copytree(forms["saved_model"], tmp_path / version)
    (tmp_path / "11").mkdir()  # half a version, without a model
    labels, manifest = tmp_path / "10" / "assets" / "labels.txt", tmp_path / "10" / "manifest.json"
    labels.write_text("x\ny\nz\n")
    facts = json.loads(manifest.read_text())
    facts["files"]["assets/labels.txt"] = {"bytes": 6, "sha256": hashlib.sha256(b"x\ny\nz\n").hexdigest()}
    manifest.write_text(json.dumps(facts))
    assert load_predictor(tmp_path).labels == ("x", "y", "z")


def refusal(location):
    with pytest.raises(DataError) as caught:
        load_predictor(location)
    return str(caught.value)


def test_refuses_what_is_not_there(tmp_path):
    assert refusal(tmp_path / "gone") == f"No such file or directory: {tmp_path}/gone."


def test_refuses_a_folder_and_a_file_that_are_no_model(tmp_path):
    (tmp_path / "model.h5").touch()
    for location in (tmp_path, tmp_path / "model.h5"):
        assert refusal(location) == (
            f"{location} must be a run directory, a SavedModel folder or a .tflite file. Got none of these."
        )


def test_refuses_a_tflite_file_without_labels(forms, tmp_path):
    content = forms["tflite"].read_bytes()
    plain = tmp_path / "plain.tflite"
    plain.write_bytes(content[: content.index(b"PK\x03\x04")])
    assert refusal(plain).startswith(f"{plain} must hold its labels (labels.txt), as export_tflite writes it. Got: ")


def test_refuses_a_tflite_file_that_is_none(tmp_path):
    path = tmp_path / "zip.tflite"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("labels.txt", "a\n")
    assert refusal(path).startswith(f"{path} must be a TFLite file of export_tflite. Got: ")


@pytest.mark.parametrize("file", ["saved_model.pb", "variables/variables.index", "assets/labels.txt"])
def test_refuses_half_a_saved_model(forms, tmp_path, file):
    shutil.copytree(forms["saved_model"], tmp_path / "1")
    (tmp_path / "1" / file).write_bytes(b"\xff\xff") if file.endswith("pb") else (tmp_path / "1" / file).unlink()
    assert refusal(tmp_path / "1").startswith(f"{tmp_path}/1 must be a whole SavedModel of export_saved_model. Got: ")


def test_refuses_a_saved_model_that_was_changed_after_it_was_published(forms, tmp_path):
    shutil.copytree(forms["saved_model"], tmp_path / "1")
    labels = tmp_path / "1" / "assets" / "labels.txt"
    labels.write_text(labels.read_text().replace("blue", "teal"))
    assert refusal(tmp_path / "1").endswith("Got: assets/labels.txt, which is another file than manifest.json says.")
    (tmp_path / "1" / "manifest.json").write_text('{"files": ["assets/labels.txt"]}')
    assert refusal(tmp_path / "1").endswith(
        "Got: a manifest.json that names no files with their SHA-256 (AttributeError)."
    )
    (tmp_path / "1" / "manifest.json").unlink()  # then nobody knows
    assert load_predictor(tmp_path / "1").labels[0] == "teal"


def test_refuses_a_run_without_weights_and_with_damaged_ones(forms, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(forms["run"], run)
    (run / "best.weights.h5").write_bytes(b"not HDF5")
    assert refusal(run).startswith(f"{run}/best.weights.h5 must be a whole file of Keras. Got: ")
    shutil.copy(forms["run"] / "best.weights.h5", run)
    labels = (run / "labels.txt").read_text()
    (run / "labels.txt").write_text(f"{labels}one more\n")  # no classifier starts new where one was trained
    assert refusal(run).startswith("Labels must name the ")
    (run / "labels.txt").write_text(labels)
    network = (run / "model.yaml").read_text()
    (run / "model.yaml").write_text(network[:-8])
    assert refusal(run).startswith(f"A model file must be YAML. Got: '{run}/model.yaml' (")
    (run / "model.yaml").write_text(network)
    (run / "best.weights.h5").unlink()
    assert refusal(run) == f"The run in {run} must have ended an epoch to have weights. Got: none yet."
    (run / "labels.txt").unlink()
    assert refusal(run) == f"A run must have its class names in {run}/labels.txt. Got: No such file or directory."


def test_a_saved_model_names_the_formats_that_it_takes(tiny_classifier, mixed_photos, tmp_path):
    export_saved_model(tiny_classifier, tmp_path, image_size=40, serving=Serving(batch_sizes=()))
    webp = mixed_photos[8]
    [answer] = load_predictor(tmp_path).answer([webp], 1)
    assert answer.error == "no format that this model takes (JPEG, PNG, GIF, BMP)"
