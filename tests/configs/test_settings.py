import pytest

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.errors import UsageError
from effnetv2_keras.runs.run_directory import read_yaml, write_yaml


def refusal(**changes):
    with pytest.raises(UsageError) as caught:
        TrainSettings(data="photos", **changes).schedule(224)
    return str(caught.value)


def test_settings_survive_a_yaml_file(tmp_path):
    settings = TrainSettings(
        data="pictures of birds", model="my.yaml", epochs=12, progressive="48:96/3", dropout="0.1:0.2", flip=False
    )
    write_yaml(tmp_path / "settings.yaml", settings.as_dict())
    assert TrainSettings.from_dict(read_yaml(tmp_path / "settings.yaml")) == settings


def test_an_unknown_setting_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError) as caught:
        TrainSettings.from_dict({"data": "photos", "learning_rates": 0.1})
    assert str(caught.value) == "Unknown setting: 'learning_rates'. Nearest: learning_rate."


def test_a_missing_setting_has_its_default():
    assert TrainSettings.from_dict({"data": "photos"}) == TrainSettings(data="photos")


def test_progressive_sizes_end_at_the_size_that_validation_sees():
    settings = TrainSettings(data="photos", progressive="128:224/4")
    assert [phase.image_size for phase in settings.schedule(384).phases] == [128, 160, 192, 224]
    assert settings.size(384) == 224


def test_without_progressive_there_is_one_phase_at_the_size_of_the_model():
    settings = TrainSettings(data="photos")
    assert [phase.image_size for phase in settings.schedule(384).phases] == [384]
    assert settings.size(384) == 384


def test_an_image_size_of_its_own_wins():
    settings = TrainSettings(data="photos", image_size=160)
    assert [phase.image_size for phase in settings.schedule(384).phases] == [160]
    assert TrainSettings(data="photos", image_size=160, progressive="64:128/2").size(384) == 160


def test_regularisation_is_a_number_or_rises():
    schedule = TrainSettings(data="photos", progressive="64:128/3", randaugment="5:15", dropout="0.2").schedule(224)
    assert schedule.randaugment == Ramp(5.0, 15.0)
    assert [phase.dropout for phase in schedule.phases] == [0.2, 0.2, 0.2]
    assert schedule.mixup is None


def test_zero_turns_a_regularisation_off_instead_of_leaving_it():
    assert TrainSettings(data="photos", dropout="0").schedule(224).dropout == Ramp(0.0, 0.0)


def test_crop_area_is_read_as_two_shares():
    assert TrainSettings(data="photos").look().crop.area == (0.08, 1.0)
    assert TrainSettings(data="photos", preprocessing="v2").look().crop.area == (0.05, 1.0)
    assert TrainSettings(data="photos", crop_area="0.6:1").look().crop.area == (0.6, 1.0)
    assert TrainSettings(data="photos", crop_area="1", preprocessing="v2").look().crop.area == (1.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "`epochs` must be at least 1. Got: 0."),
        ({"batch_size": 0}, "`batch_size` must be at least 1. Got: 0."),
        ({"image_size": 31}, "`image_size` must be at least 32 px. Got: 31."),
        ({"image_size": 16, "progressive": "32:64/2"}, "`image_size` must be at least 32 px. Got: 16."),
        ({"progressive": "16:64/3"}, "`image_size` must be at least 32 px. Got: 16."),
        ({"learning_rate": 0.0}, "`learning_rate` must be above 0. Got: 0.0."),
        ({"weight_decay": -1.0}, "`weight_decay` must be at least 0. Got: -1.0."),
        ({"label_smoothing": 1.0}, "`label_smoothing` must be in [0, 1). Got: 1.0."),
        ({"validation": 1.0}, "`validation` must be in (0, 1). Got: 1.0."),
        ({"max_per_class": 0}, "`max_per_class` must be at least 1. Got: 0."),
        ({"max_bad_fraction": 1.5}, "`max_bad_fraction` must be in [0, 1]. Got: 1.5."),
        ({"balance": -0.5}, "`balance` must be in [0, 1]. Got: -0.5."),
        ({"cache": "tape"}, "`cache` must be 'ram' or 'disk'. Got: tape."),
        ({"preprocessing": "v3"}, "Unknown preprocessing: 'v3'. Nearest: v2, v1."),
        ({"seed": -1}, "`seed` must be in [0, 2^29). Got: -1."),
        ({"crop_area": "0:1"}, "`crop_area` must be FIRST:LAST with 0 < FIRST <= LAST <= 1. Got: 0:1."),
        ({"crop_area": "all"}, "`--crop-area` must be a number or FIRST:LAST, like 5:15. Got: 'all'."),
        ({"dropout": "high"}, "`--dropout` must be a number or FIRST:LAST, like 5:15. Got: 'high'."),
        ({"drop_path": "1:2"}, "`drop_path` must be between 0 and 0.99. Got: 2."),
        (
            {"progressive": "128-224"},
            "`--progressive` must be FIRST:LAST/PHASES in whole numbers, like 128:224/4 "
            "(sizes from 128 to 224 px in 4 phases). Got: '128-224'.",
        ),
        (
            {"epochs": 3, "progressive": "128:224/4"},
            "`epochs` must be at least `num_phases` (4), one epoch a phase. Got: 3.",
        ),
    ],
)
def test_refuses_values_out_of_their_range(changes, message):
    assert refusal(**changes) == message
