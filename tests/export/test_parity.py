import io

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.export.parity import Parity, check_photos, compare


def test_a_softmax_is_compared_by_its_logits_up_to_a_constant():
    # probabilities of the logits (0, ln 2, ln 5) and (0, ln 2, ln 1)
    got = np.array([[0.125, 0.25, 0.625], [0.25, 0.5, 0.25]])
    same = compare(got, got, "logits")
    assert same == Parity(2, 0.0, 0.0, 1.0)
    other = compare(got, np.array([[0.125, 0.25, 0.625], [0.4, 0.2, 0.4]]), "softmax")
    assert other.max_abs_error == pytest.approx(0.3)
    assert other.agreement == 0.5
    assert other.max_logit_error == pytest.approx(2 / 3 * np.log(4))  # ln 2 and -ln 2, each less its mean


def test_a_sigmoid_is_compared_by_the_logit_of_each_class():
    parity = compare(np.array([[0.5, 0.8]]), np.array([[0.5, 0.5]]), "sigmoid")
    assert parity.max_logit_error == pytest.approx(np.log(4))


def test_a_probability_of_zero_is_no_error_without_end():
    parity = compare(np.array([[1.0, 0.0]]), np.array([[1.0, 1e-20]]), "logits")
    assert parity.max_logit_error == 0.0


def test_the_portrait_comes_in_several_formats_and_turned():
    images = [Image.open(io.BytesIO(data)) for data in check_photos()]
    assert [image.format for image in images] == ["JPEG", "JPEG", "PNG", "BMP"]
    assert images[1].getexif()[0x0112] == 6


def test_photos_of_ones_own_are_taken_as_they_are(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"one")
    assert check_photos([tmp_path / "a.jpg"]) == [b"one"]
