import re

import numpy as np

from effnetv2_keras.augment.gallery import augment_samples
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.schedule import Phase

PHASES = (
    Phase(0, 0, 4, image_size=32),
    Phase(1, 5, 9, image_size=48, randaugment=10.0, mixup=0.2, cutmix=0.5),
)


def test_a_row_a_phase_in_the_phases_size(photos):
    rows = augment_samples([photos[0]], PHASES, columns=3)
    assert [row.images.shape for row in rows] == [(3, 32, 32, 3), (3, 48, 48, 3)]
    assert {row.images.dtype for row in rows} == {np.dtype("uint8")}


def test_a_phase_without_augmentation_shows_the_picture_or_its_mirror(photos):
    row = augment_samples([photos[0]], PHASES, columns=8)[0].images
    kinds = np.unique(row, axis=0)
    assert len(kinds) == 2
    np.testing.assert_array_equal(kinds[0], kinds[1][:, ::-1])


def test_several_pictures_take_turns(photos):
    first, second, third, _ = augment_samples([photos[0], photos[1][:40, :50]], PHASES, columns=4)[0].images.astype(
        "float32"
    )
    assert min(np.abs(first - third).mean(), np.abs(first[:, ::-1] - third).mean()) == 0
    assert np.abs(first - second).mean() > 5


def test_captions_name_the_operations_and_what_is_mixed_in(photos):
    inverted = Augmentation(horizontal_flip=False, num_layers=1, operations=("Invert",))
    plain, both = augment_samples(list(photos), PHASES, columns=4, augmentation=inverted)
    assert plain.captions == ("",) * 4
    assert all(caption.startswith("Invert") for caption in both.captions)
    assert any(re.fullmatch(r"Invert\n\d+% of another", caption) for caption in both.captions)
