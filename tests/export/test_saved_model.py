import hashlib
import io
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from effnetv2_keras.configs.files import dump, load_config
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export import saved_model
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.runs.run_directory import RunDirectory, write_yaml
from effnetv2_keras.training.classifier import Classifier

COLD = Serving(batch_sizes=())  # without warm-up requests: quicker


@pytest.fixture(scope="module")
def exported(tiny_classifier, labels, tmp_path_factory):
    return export_saved_model(tiny_classifier, tmp_path_factory.mktemp("served"), labels=labels, image_size=32)


def png(image):
    return tf.io.encode_png(image).numpy()


def best_first(expected, labels):
    order = np.argsort(-expected, axis=1)
    return [[labels[i] for i in row] for row in order], np.take_along_axis(expected, order, axis=1)


def test_the_signatures_are_those_a_server_expects(exported):
    signatures = tf.saved_model.load(str(exported.path)).signatures
    assert set(signatures) == {"serving_default", "serving_example", "serving_images", "serving_images_uint8"}
    files, images = signatures["serving_default"], signatures["serving_images"]
    assert files.structured_input_signature[1] == {"image_bytes": tf.TensorSpec([None], tf.string, name="image_bytes")}
    assert images.structured_input_signature[1] == {
        "images": tf.TensorSpec([None, 32, 32, 3], tf.float32, name="images")
    }
    assert {name: (spec.dtype, spec.shape.as_list()) for name, spec in files.structured_outputs.items()} == {
        "classes": (tf.string, [None, 3]),
        "scores": (tf.float32, [None, 3]),
    }
    assert {name: (spec.dtype, spec.shape.as_list()) for name, spec in images.structured_outputs.items()} == {
        "probabilities": (tf.float32, [None, 3]),
    }


@pytest.mark.parametrize("count", [1, 5])
def test_probabilities_are_those_of_the_model_for_any_batch(exported, images, expected, count):
    score = tf.saved_model.load(str(exported.path)).signatures["serving_images"]
    got = score(images=tf.constant(images[:count], tf.float32))["probabilities"].numpy()
    np.testing.assert_allclose(got, expected[:count], atol=1e-5)


@pytest.mark.parametrize("count", [1, 5])
def test_files_are_answered_with_names_best_first(exported, images, expected, labels, count):
    classify = tf.saved_model.load(str(exported.path)).signatures["serving_default"]
    answer = classify(image_bytes=tf.constant([png(image) for image in images[:count]]))
    names, scores = best_first(expected[:count], labels)
    assert [[name.decode() for name in row] for row in answer["classes"].numpy()] == names
    np.testing.assert_allclose(answer["scores"], scores, atol=1e-5)


def test_files_of_different_formats_and_sizes_go_into_one_batch(exported):
    classify = tf.saved_model.load(str(exported.path)).signatures["serving_default"]
    files = []
    for kind, sides in (("JPEG", (50, 40)), ("PNG", (32, 32)), ("BMP", (20, 90)), ("GIF", (33, 31))):
        file = io.BytesIO()
        Image.new("RGB", sides, (200, 30, 30)).save(file, kind)
        files.append(file.getvalue())
    assert classify(image_bytes=tf.constant(files))["scores"].shape == (4, 3)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_photo_is_answered_as_the_upright_one(exported, tiny_classifier, orientation):
    pixels = np.random.default_rng(1).integers(0, 256, (4, 6, 3)).astype("uint8").repeat(8, 0).repeat(8, 1)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", exif=exif, quality=95)
    upright = ImageOps.exif_transpose(Image.open(file)).resize((32, 32), Image.Resampling.BILINEAR)
    expected = tf.nn.softmax(tiny_classifier(np.asarray(upright, np.float32)[None])).numpy()
    loaded = tf.saved_model.load(str(exported.path))
    scores = loaded.signatures["serving_default"](image_bytes=tf.constant([file.getvalue()]))["scores"]
    np.testing.assert_allclose(scores, -np.sort(-expected), atol=2e-3)


def test_it_holds_the_weights_as_constants(exported):
    held = [name for name, _ in tf.train.list_variables(str(exported.path / "variables" / "variables"))]
    assert held == ["_CHECKPOINTABLE_OBJECT_GRAPH"]


def test_as_variables_it_holds_the_weights_of_the_network_and_nothing_else(tiny_classifier, tmp_path):
    serving = Serving(fold_bn=False, freeze=False, batch_sizes=())
    plain = export_saved_model(tiny_classifier, tmp_path, image_size=32, serving=serving)
    held = [(name, shape) for name, shape in tf.train.list_variables(str(plain.path / "variables" / "variables"))]
    held = [shape for name, shape in held if name != "_CHECKPOINTABLE_OBJECT_GRAPH"]
    network = [list(weight.shape) for weight in tiny_classifier.network.weights]
    assert sorted(held) == sorted(network)


def test_labels_are_inside_as_a_file(exported):
    text = (exported.path / "assets" / "labels.txt").read_text(encoding="utf-8")
    assert text == "blau\ngrün\nred\n"


def test_each_export_is_a_version_of_its_own_and_labels_are_numbers_where_none_are_given(tiny_classifier, tmp_path):
    options = {"image_size": 32, "serving": COLD}
    assert export_saved_model(tiny_classifier, tmp_path, version=20, top_k=2, **options).path == tmp_path / "20"
    assert (tmp_path / "20" / "assets" / "labels.txt").read_text() == "0\n1\n2\n"
    classify = tf.saved_model.load(str(tmp_path / "20")).signatures["serving_default"]
    assert classify.structured_outputs["classes"].shape.as_list() == [None, 2]
    assert export_saved_model(tiny_classifier, tmp_path, **options).path == tmp_path / "21"


def test_says_what_it_wrote(exported):
    files = [path for path in exported.path.rglob("*") if path.is_file()]
    assert exported.path.name == "1"
    assert exported.num_bytes == sum(path.stat().st_size for path in files)
    assert exported.image_size == 32
    assert exported.max_abs_error < 1e-5


def test_a_version_that_is_there_is_not_replaced(tiny_classifier, tmp_path):
    (tmp_path / "3").mkdir()
    with pytest.raises(UsageError) as caught:
        export_saved_model(tiny_classifier, tmp_path, image_size=32, version=3)
    assert str(caught.value) == f"`version` must be new, since a server may hold the old one open. Got: {tmp_path}/3."


def test_an_error_in_the_middle_leaves_no_version(tiny_classifier, tmp_path, monkeypatch):
    monkeypatch.setitem(saved_model.TOLERANCE, "float32", -1.0)  # what was written is found to stray
    with pytest.raises(RuntimeError, match=r"within -1\.0\. Got: "):
        export_saved_model(tiny_classifier, tmp_path, image_size=32, serving=COLD)
    assert list(tmp_path.iterdir()) == []


def test_refuses_no_classes_in_an_answer(tiny_classifier, tmp_path):
    with pytest.raises(UsageError, match=r"`top_k` must be at least 1\. Got: 0\."):
        export_saved_model(tiny_classifier, tmp_path, image_size=32, top_k=0)


def test_a_plain_keras_network_is_taken_too(tmp_path, images):
    network = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    exported = export_saved_model(network, tmp_path, serving=COLD)
    score = tf.saved_model.load(str(exported.path)).signatures["serving_images"]
    got = score(images=tf.constant(images, tf.float32))["probabilities"]
    np.testing.assert_allclose(got, network(images.astype("float32")), atol=1e-5)


def test_a_classifier_with_preprocessing_exports_it(tmp_path, images):
    from effnetv2_keras import Classifier

    inputs = keras.Input((32, 32, 3))
    outputs = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(inputs))
    classifier = Classifier(keras.Model(inputs, outputs), preprocess=lambda pixels: pixels / 255.0)
    exported = export_saved_model(classifier, tmp_path, serving=COLD)
    score = tf.saved_model.load(str(exported.path)).signatures["serving_images"]
    got = score(images=tf.constant(images, tf.float32))["probabilities"]
    np.testing.assert_allclose(got, tf.nn.softmax(classifier.network(images / np.float32(255))), atol=1e-5)


def test_preprocessing_that_has_weights_goes_along(tmp_path):
    pixels = keras.layers.Normalization(mean=[120.0, 110.0, 100.0], variance=[900.0, 800.0, 700.0])
    pixels.build((None, None, None, 3))
    x = keras.Input((None, None, 3))
    network = keras.Model(x, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x)))
    adapted = keras.layers.Normalization()
    adapted.adapt(np.random.default_rng(0).uniform(0, 255, (4, 8, 8, 3)))
    for preprocess in (pixels, adapted):
        done = export_saved_model(
            Classifier(network, preprocess=preprocess), tmp_path / "served", image_size=32, serving=COLD
        )
        assert done.max_abs_error < 1e-5


def test_a_run_brings_its_labels_preprocessing_and_metrics_along(tiny_classifier, tiny_model_file, tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.begin(TrainSettings(data="photos", image_size=40))
    run.labels_file.write_text("a\nb\nc\n")
    run.model_file.write_text(dump(load_config(tiny_model_file)))
    write_yaml(run.result_file, {"val_accuracy": 0.75, "epoch": 3})
    tiny_classifier.save_weights(run.best_weights)
    done = export_saved_model(run.path, tmp_path / "served", serving=COLD)
    manifest = json.loads((done.path / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["labels"], manifest["image_size"]) == (["a", "b", "c"], 40)
    assert manifest["metrics"] == {"val_accuracy": 0.75, "epoch": 3}
    assert manifest["made_with"]["tensorflow"] == tf.__version__
    for name, file in manifest["files"].items():
        data = (done.path / name).read_bytes()
        assert file == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    held = {path.relative_to(done.path).as_posix() for path in done.path.rglob("*") if path.is_file()}
    assert held - set(manifest["files"]) == {"manifest.json"}
    card = (done.path / "README.md").read_text(encoding="utf-8")
    assert "| val accuracy | 0.75 |" in card
    assert "| `serving_default` | `image_bytes` string (B) | `classes` string (B, 3), `scores` float32 (B, 3) |" in card
