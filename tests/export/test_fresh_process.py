"""The artefact in a process that has TensorFlow and not this package, asked about real photos."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.data.resize import read_view
from effnetv2_keras.export.parity import check_photos
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.subject import make_subject
from effnetv2_keras.export.warmup import photo_example

# asks every signature; the pixels for two of them come from the side that trained
PROGRAM = """
import json, sys
import numpy as np
import tensorflow as tf
folder, photos = sys.argv[1], sys.argv[2]
given = np.load(photos, allow_pickle=True)
inputs = {
    "serving_default": {"image_bytes": given["files"].tolist()},
    "serving_features": {"image_bytes": given["files"].tolist()},
    "serving_example": {"inputs": given["examples"].tolist()},
    "serving_images": {"images": given["views"].astype("float32")},
    "serving_images_uint8": {"images": given["views"]},
}
graph = tf.Graph()
with graph.as_default(), tf.compat.v1.Session() as session:
    meta = tf.compat.v1.saved_model.load(session, ["serve"], folder)
    answers = {}
    for name, values in inputs.items():
        signature = meta.signature_def[name]
        feeds = {signature.inputs[key].name: value for key, value in values.items()}
        got = session.run({key: info.name for key, info in signature.outputs.items()}, feeds)
        answers[name] = {key: [[c.decode() if isinstance(c, bytes) else float(c) for c in row] for row in value]
                         for key, value in got.items()}
assert not [name for name in sys.modules if name.startswith("effnetv2_keras")]
print(json.dumps(answers))
"""


@pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=pytest.mark.slow)])
def test_every_signature_says_what_the_training_side_says(tiny_classifier, labels, tmp_path, precision):
    serving = Serving(batch_sizes=(), has_features=True)
    options = {"labels": labels, "image_size": 48, "precision": precision, "serving": serving}
    export_saved_model(tiny_classifier, tmp_path / "served", **options)
    subject = make_subject(tiny_classifier, labels, 48)
    files = check_photos()
    views = np.stack([read_view(tf.constant(file), 48, subject.view).numpy() for file in files])
    expected = tf.nn.softmax(tiny_classifier(views.astype("float32"))).numpy()
    np.savez(
        tmp_path / "photos.npz",
        files=np.array(files, object),
        examples=np.array([photo_example(file) for file in files], object),
        views=views,
    )
    answers = ask(tmp_path / "served" / "1", tmp_path / "photos.npz")
    within = {"float32": 1e-5, "bfloat16": 1e-2}[precision]
    for name in ("serving_images", "serving_images_uint8"):
        np.testing.assert_allclose(answers[name]["probabilities"], expected, atol=within)
    order = np.argsort(-expected, axis=1)
    for name in ("serving_default", "serving_example"):
        np.testing.assert_allclose(answers[name]["scores"], np.take_along_axis(expected, order, 1), atol=within)
        assert [row[0] for row in answers[name]["classes"]] == [labels[best] for best in order[:, 0]]
    network = tiny_classifier.network
    features = keras.Model(network.input, network.layers[-1].input)(views.astype("float32"))
    np.testing.assert_allclose(answers["serving_features"]["features"], features, atol=10 * within)


def ask(folder, photos):
    words = [sys.executable, "-c", PROGRAM, str(folder), str(photos)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, env=without_this_package())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def without_this_package():
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
