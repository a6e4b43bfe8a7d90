from dataclasses import replace

import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.lite.lite_parity import LiteParity, SetParity
from effnetv2_keras.export.lite.verdict import AccuracyLost, advice, complaint, notes_on

# fmt: off
#                  name     images agreement mean max  spread probability top1   keras
PLAIN = SetParity("plain",   1000, 0.97,     0.1, 1.0, 2.0,   0.1,        0.93,  0.96)
DARK = SetParity("shifted",  1000, 0.90,     0.2, 2.0, 2.0,   0.2,        0.80,  0.90)
# fmt: on
LOST = LiteParity(
    "int8", 100, 400, "the test images", (PLAIN, DARK), damage={"head": 0.04, "stem": 0.011, "top": 0.0, "side": -0.1}
)


def test_says_what_is_lost_and_where_most_of_it():
    assert complaint(LOST, 0.01) == (
        "`max_accuracy_drop` lets a int8 file lose 0.01 of top-1. Got: 0.03 on 1000 images. "
        "Most damaged blocks: head (logit error 0.04), stem (logit error 0.011)."
    )


def test_without_labels_it_is_agreement_that_is_lost():
    unlabelled = replace(LOST, sets=(replace(PLAIN, top1=None, keras_top1=None),), damage={})
    assert complaint(unlabelled, 0.01) == (
        "`max_accuracy_drop` lets a int8 file lose 0.01 of agreement with the Keras model. Got: 0.03 on 1000 images."
    )


def test_what_may_be_lost_is_let_through_whatever_is_lost_on_shifted_images():
    assert complaint(LOST, 0.03) is None
    assert notes_on(LOST, 0.03) == ("on shifted images it loses 0.1; see the table",)


@pytest.mark.parametrize(
    ("precision", "first"),
    [
        ("int8", "Try: calibrate on more images, of all that the phone will see (`calibrate_on`); take hybrid"),
        ("hybrid", "Try: take float16 (`--precision float16`); or publish"),
        ("dynamic", "Try: take hybrid (`--precision hybrid`); or publish"),
    ],
)
def test_advice_fits_the_precision(precision, first):
    assert advice(replace(LOST, precision=precision)).startswith(first)


def test_notes_tell_what_was_mended_and_what_could_not_be():
    ratios = {"before": {"residual": 71.0, "inside": 11.4}, "after": {"residual": 1.5, "inside": 11.4}}
    noted = notes_on(replace(LOST, channel_ratios=ratios, hybrid_blocks=("head", "stem"), warning="it is bad"), 1.0)
    assert noted == (
        "it is bad",
        "channels of the residual stream differed 71.0 times in size; they were equalised",
        "channels within blocks differ 11.4 times in size, which cannot be equalised: compare with hybrid",
        "2 blocks are hybrid: head, stem",
    )


def test_the_refusal_is_a_usage_error_that_carries_the_figures():
    refused = AccuracyLost("too bad", LOST)
    assert isinstance(refused, UsageError)
    assert (str(refused), refused.exit_code, refused.parity) == ("too bad", 2, LOST)
