import io
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from effnetv2_keras.data.moving_webp import with_room_for_alpha

RNG = np.random.default_rng(0)


def webp(channels, **options):
    pixels = [RNG.integers(0, 256, (40, 50, channels)).astype("uint8") for _ in range(2)]
    pictures = [Image.fromarray(one) for one in pixels]
    file = io.BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if options.pop("moves") else {}
    pictures[0].save(file, "WEBP", lossless=True, exact=True, **more, **options)
    return file.getvalue()


@pytest.mark.parametrize(("channels", "moves"), [(3, False), (4, False), (4, True)])
def test_other_files_are_left_as_they_are(channels, moves):
    data = webp(channels, moves=moves)
    assert with_room_for_alpha(tf.constant(data)).numpy() == data


def test_one_bit_is_changed_of_a_moving_file_without_alpha():
    data = webp(3, moves=True)
    got = with_room_for_alpha(tf.constant(data)).numpy()
    changed = [(at, new ^ old) for at, (new, old) in enumerate(zip(got, data, strict=True)) if new != old]
    assert changed == [(20, 0x10)]


MANY = """
import io, numpy as np, tensorflow as tf
from PIL import Image
from effnetv2_keras.data.decode import decode
decode = tf.function(decode, autograph=False, input_signature=[tf.TensorSpec([], tf.string)])
rng = np.random.default_rng(0)
for _ in range(60):  # TensorFlow's decoder alone breaks the heap within some ten of these
    first, second = (rng.integers(0, 256, (*rng.integers(3, 200, 1), 120, 3)).astype("uint8") for _ in range(2))
    second = np.resize(second, first.shape)
    file = io.BytesIO()
    Image.fromarray(first).save(file, "WEBP", lossless=True, save_all=True, append_images=[Image.fromarray(second)])
    assert (decode(file.getvalue()).numpy() == first).all()
print("whole")
"""


def test_moving_files_of_many_sizes_leave_the_memory_whole():
    done = subprocess.run([sys.executable, "-c", MANY], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "whole\n")
