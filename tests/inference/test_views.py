import numpy as np
import pytest

from effnetv2_keras import UsageError
from effnetv2_keras.inference.views import Cut, Views, parse_views


@pytest.mark.parametrize(
    ("text", "views"),
    [
        ("flip", Views(flip=True)),
        ("fivecrop", Views(five_crop=True)),
        ("scales=0.9:1.1", Views(scales=(0.9, 1.1))),
        ("scales=1.25, flip", Views(flip=True, scales=(1.25,))),
        ("flip,fivecrop,scales=0.9:1.1", Views(True, True, (0.9, 1.1))),
    ],
)
def test_what_is_written_is_read_and_written_again(text, views):
    assert parse_views("--tta", text) == views
    assert parse_views("--tta", str(views)) == views


@pytest.mark.parametrize("text", ["", "flop", "flip,flip", "flip=2", "scales=0.9,scales=1.1", "flip;fivecrop"])
def test_refuses_what_is_no_view(text):
    with pytest.raises(UsageError) as caught:
        parse_views("--tta", text)
    assert str(caught.value) == (
        f"`--tta` must name each of flip, fivecrop and scales once, like flip,fivecrop,scales=0.9:1.1. Got: {text!r}."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scales=big", "`--tta` must give scales as numbers, like scales=0.9:1.1. Got: 'scales=big'."),
        ("scales", "`--tta` must give scales as numbers, like scales=0.9:1.1. Got: 'scales'."),
        ("scales=0.9:3", "`scales` must be between 0.5 and 2.0. Got: 3."),
        ("scales=nan", "`scales` must be between 0.5 and 2.0. Got: nan."),
        ("scales=0.9:1", "`scales` must differ from each other and from 1, which is always there. Got: 0.9:1."),
        ("scales=0.9:0.9", "`scales` must differ from each other and from 1, which is always there. Got: 0.9:0.9."),
    ],
)
def test_refuses_scales_that_are_none(text, message):
    with pytest.raises(UsageError) as caught:
        parse_views("--tta", text)
    assert str(caught.value) == message


def test_views_are_added_and_the_mirror_doubles_them():
    assert Views().cuts(224) == (Cut(224, 224),)
    assert len(parse_views("--tta", "flip,fivecrop,scales=0.9:1.1").cuts(224)) == 2 * (1 + 5 + 2)


def test_crops_are_the_corners_and_the_centre_of_a_photo_read_larger():
    _, *crops = Views(five_crop=True).cuts(224)
    assert {(cut.read_size, cut.size) for cut in crops} == {(256, 224)}
    assert [(cut.top, cut.left) for cut in crops] == [(0, 0), (0, 32), (32, 0), (32, 32), (16, 16)]


def test_scales_read_the_whole_photo_smaller_and_larger():
    assert [(cut.read_size, cut.size) for cut in Views(scales=(0.9, 1.1)).cuts(40)] == [(40, 40), (36, 36), (44, 44)]


def test_a_cut_is_a_slice_mirrored_where_it_says_so():
    image = np.arange(8 * 8 * 3).reshape(8, 8, 3)
    np.testing.assert_array_equal(Cut(8, 7, 1, 0).of(image), image[1:8, 0:7])
    np.testing.assert_array_equal(Cut(8, 7, 0, 1, is_flipped=True).of(image), image[0:7, 7:0:-1])


def test_refuses_a_scale_that_makes_images_too_small():
    with pytest.raises(UsageError) as caught:
        Views(scales=(0.5,)).cuts(48)
    assert str(caught.value) == "`scales` must leave images of at least 32 px. Got: 24 px."
