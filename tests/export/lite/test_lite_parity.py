import json
from dataclasses import replace

import numpy as np
import pytest

from effnetv2_keras.export.lite.lite_parity import LiteParity, set_parity

# fmt: off
EXPECTED = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.4, 0.35, 0.25]])
GOT =      np.array([[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.3, 0.45, 0.25]])
# fmt: on
TRUTH = (frozenset({0}), frozenset({1}), frozenset({1, 2}), frozenset({0}))


def test_counts_right_answers_and_agreement():
    seen = set_parity("plain", GOT, EXPECTED, "softmax", TRUTH)
    assert (seen.num_images, seen.top1, seen.keras_top1, seen.agreement) == (4, 0.75, 1.0, 0.75)
    assert seen.drop == pytest.approx(0.25)
    assert seen.max_probability_error == pytest.approx(0.1)


def test_errors_of_logits_are_those_of_logarithms_without_their_mean():
    seen = set_parity("plain", GOT[:1], EXPECTED[:1], "softmax", None)
    # log of (6/7, 3/2, 1) is (-.154151, .405465, 0), its mean .083771
    assert seen.mean_logit_error == pytest.approx((0.237922 + 0.321694 + 0.083771) / 3, rel=1e-4)
    assert seen.max_logit_error == pytest.approx(0.321694, rel=1e-4)


def test_without_labels_agreement_is_what_is_lost():
    seen = set_parity("plain", GOT, EXPECTED, "softmax", None)
    assert seen.top1 is None
    assert seen.drop == pytest.approx(0.25)


def test_a_single_image_never_decides():
    seen = set_parity("plain", GOT, EXPECTED, "softmax", TRUTH)
    assert not seen.exceeds(0.01)  # one of four
    assert replace(seen, num_images=400).exceeds(0.01)
    assert not replace(seen, num_images=400).exceeds(0.25)
    assert not replace(seen, top1=1.0, num_images=400).exceeds(0.0)


def test_a_file_that_is_better_loses_nothing():
    seen = set_parity("plain", EXPECTED, GOT, "softmax", TRUTH)
    assert seen.drop == pytest.approx(-0.25)
    assert not replace(seen, num_images=1000).exceeds(0.0)


def test_json_without_the_time_is_the_same_each_time():
    one = set_parity("plain", GOT, EXPECTED, "softmax", TRUTH)
    parity = LiteParity("int8", 10, 40, "the test images", (one,), latency_ratio=0.5)
    other = replace(parity, latency_ratio=0.6)
    assert parity.to_json() != other.to_json()
    assert parity.to_json(with_time=False) == other.to_json(with_time=False)
    told = json.loads(parity.to_json())
    assert told["sets"][0]["top1"] == 0.75
    assert (told["latency_ratio"], told["num_bytes"], told["warning"]) == (0.5, 10, None)
