"""Where operations are to be deterministic, images are decoded in parallel all the same, and to the same pixels."""

import subprocess
import sys

import numpy as np

PROGRAM = """
import sys
import keras, numpy as np, tensorflow as tf
from effnetv2_keras import make_dataset, open_source
from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.layers.knobs import Knobs
folder, out, is_deterministic = sys.argv[1], sys.argv[2], sys.argv[3] == "deterministic"
if is_deterministic:
    from effnetv2_keras.data.determinism import make_deterministic
    keras.utils.set_random_seed(0)
    make_deterministic()
source = open_source(folder, validation=0.25)
log = BadFileLog()
network = keras.Sequential([keras.Input((None, None, 3)), keras.layers.GlobalAveragePooling2D()])
training = make_dataset(source.train, 4, knobs=Knobs(network), image_size=32, bad_files=log)
batches = [*training, *make_dataset(source.validation, 4, image_size=32, bad_files=log)]
parts = {f"{i}_{j}": part.numpy() for i, one in enumerate(batches) for j, part in enumerate(one)}
np.savez(out, bad=len(log.files), **parts)
"""


def batches(folder, out, kind):
    words = [sys.executable, "-c", PROGRAM, str(folder), str(out), kind]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr, dict(np.load(out))


def test_deterministic_batches_are_the_same_and_still_made_in_parallel(photo_folder, tmp_path):
    damaged = photo_folder / "red" / "01.jpg"
    damaged.write_bytes(damaged.read_bytes()[:-300])
    _, usual = batches(photo_folder, tmp_path / "usual.npz", "usual")
    said, exact = batches(photo_folder, tmp_path / "exact.npz", "deterministic")
    assert usual.keys() == exact.keys()
    assert usual["bad"] == exact["bad"] == 1
    for name, array in usual.items():
        assert np.array_equal(array, exact[name]), name
    # TensorFlow complains of an attribute when it puts a serial map in the place of a parallel one
    assert "use_unbounded_threadpool" not in said
