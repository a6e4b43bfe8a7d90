import io

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras import UsageError
from effnetv2_keras.configs.preprocessing import get_preprocessing
from effnetv2_keras.inference.answer import Photo
from effnetv2_keras.inference.averaged_views import AveragedViews
from effnetv2_keras.inference.pixels import read_pixels
from effnetv2_keras.inference.predictor import load_predictor
from effnetv2_keras.inference.views import Views

LABELS = ("blue", "green", "red")
EVERYTHING = Views(flip=True, five_crop=True, scales=(0.9, 1.1))


class Colours:
    """Scores the mean of each colour in the upper left quarter, and keeps what it was shown."""

    kind, labels, image_size, takes_any_size = "run", LABELS, 56, True
    view = get_preprocessing("photos").view

    def __init__(self):
        self.shown = []

    def score(self, images):
        self.shown += list(images)
        side = images.shape[1] // 2
        return images[:, :side, :side].mean(axis=(1, 2))


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype("uint8")


def scores_by_label(answer):
    return [dict(zip(answer.labels, answer.scores, strict=True))[label] for label in LABELS]


def test_crops_and_mirrors_are_those_of_the_photo_and_the_mean_is_theirs(pixels):
    model = Colours()
    [answer] = AveragedViews(model, Views(flip=True, five_crop=True)).answer([Photo("x", png(pixels))], 3)
    plain = model.shown[0]
    crops = [pixels[:56, :56], pixels[:56, 8:], pixels[8:, :56], pixels[8:, 8:], pixels[4:60, 4:60]]
    seen = [plain, *crops, plain[:, ::-1], *(crop[:, ::-1] for crop in crops)]
    for shown, expected in zip(model.shown, seen, strict=True):
        np.testing.assert_array_equal(shown, expected)
    mean = np.mean([image[:28, :28].mean(axis=(0, 1)) for image in seen], axis=0)
    assert scores_by_label(answer) == pytest.approx(list(mean), rel=1e-6)


def test_a_networks_answers_are_the_mean_over_what_pillow_reads(trained_run, tiny_classifier, pixels):
    [answer] = AveragedViews(load_predictor(trained_run), EVERYTHING).answer([Photo("x", png(pixels))], 3)
    read = {size: read_pixels(png(pixels), size) for size in (36, 40, 44, 46)}  # 46 = 40 * 8 / 7
    crops = [read[46][top : top + 40, left : left + 40] for top, left in ((0, 0), (0, 6), (6, 0), (6, 6), (3, 3))]
    views = [read[40], read[36], read[44], *crops]
    views += [view[:, ::-1] for view in views]
    logits = np.array([np.asarray(tiny_classifier(view[None].astype("float32")), np.float64)[0] for view in views])
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert scores_by_label(answer) == pytest.approx(list(shares.mean(axis=0)), abs=1e-3)
    assert np.ptp(shares, axis=0).max() > 0.01  # the views do differ


def test_the_plain_view_alone_is_the_plain_answer(trained_run, mixed_photos):
    model = load_predictor(trained_run)
    assert AveragedViews(model, Views()).answer(mixed_photos, 2) == model.answer(mixed_photos, 2)


def test_refuses_scales_for_what_takes_one_size():
    model = Colours()
    model.kind, model.takes_any_size = "tflite", False
    with pytest.raises(UsageError) as caught:
        AveragedViews(model, EVERYTHING)
    assert str(caught.value) == (
        "`scales` need a run, whose network takes images of any size. "
        "Got: flip,fivecrop,scales=0.9:1.1 for a tflite, which takes 56 px alone."
    )
