import numpy as np
import pytest

from effnetv2_keras.augment.operations import MODES, RELEASED_LIST, get_operations, register_op
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed
from effnetv2_keras.errors import UsageError


@pytest.fixture
def own_op():
    row = register_op("Redder", lambda images, magnitude: images + magnitude[:, None, None, None] * [10.0, 0.0, 0.0])
    yield row
    for table in MODES.values():
        del table["Redder"]


def test_the_list_is_the_released_one():
    assert RELEASED_LIST == (
        "AutoContrast", "Equalize", "Invert", "Rotate", "Posterize", "Solarize", "Color", "Contrast", "Brightness",
        "Sharpness", "ShearX", "ShearY", "TranslateX", "TranslateY", "Cutout", "SolarizeAdd",
    )  # fmt: skip


@pytest.mark.parametrize("mode", ["adaptive", "released", "autoaugment"])
def test_every_mode_has_every_operation_and_warps_come_last(mode):
    rows = get_operations(RELEASED_LIST, mode)
    assert {row.name for row in rows} == set(RELEASED_LIST)
    assert [row.name for row in rows[-5:]] == ["Rotate", "ShearX", "ShearY", "TranslateX", "TranslateY"]


def test_an_own_operation_works_in_every_mode(own_op, photos, rows):
    for mode in ("adaptive", "released"):
        augment = Augmentation(horizontal_flip=False, num_layers=1, mode=mode, operations=("Redder",))
        images, _ = augment(photos, rows(4), magnitude=3.0, mixup=0.0, cutmix=0.0, seed=StepSeed(0, 0))
        redder = np.clip(photos + np.array([30, 0, 0]), 0, 255)
        np.testing.assert_array_equal(images, redder)


def test_a_name_is_registered_once(own_op):
    with pytest.raises(UsageError, match=r"must not be in the table of operations yet\. Got: 'Redder'"):
        register_op("Redder", own_op.apply)
    with pytest.raises(UsageError, match="Got: 'Rotate'"):
        register_op("Rotate", own_op.apply)


@pytest.mark.parametrize(
    ("names", "mode", "message"),
    [
        (["Rotat"], "adaptive", "Unknown operation: 'Rotat'. Nearest: Rotate"),
        (["Rotate"], "adaptiv", "Unknown mode: 'adaptiv'. Nearest: adaptive"),
        ([], "adaptive", "at least one name"),
        (["Rotate", "Rotate"], "adaptive", "each once"),
    ],
)
def test_wrong_names_are_told(names, mode, message):
    with pytest.raises(UsageError, match=message):
        get_operations(names, mode)
