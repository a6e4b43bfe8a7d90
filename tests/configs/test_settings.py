import pytest

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.errors import UsageError
from effnetv2_keras.runs.run_directory import read_yaml, write_yaml


def refusal(**changes):
    with pytest.raises(UsageError) as caught:
        TrainSettings(data="photos", **changes).resolved()
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
    assert str(caught.value) == "Unknown setting: 'learning_rates'. Nearest: learning_rate, log_steps."


def test_a_missing_setting_has_its_default():
    assert TrainSettings.from_dict({"data": "photos"}) == TrainSettings(data="photos")


def sizes(**settings):
    recipe = TrainSettings(data="photos", **settings).resolved()
    return [phase.image_size for phase in recipe.schedule.phases], recipe.eval_size


def test_progressive_sizes_end_at_the_size_that_validation_sees():
    assert sizes(progressive="128:224/4") == ([128, 160, 192, 224], 224)


def test_without_progressive_there_is_one_phase_at_the_size_of_the_model():
    assert sizes(model="efficientnetv2-s") == ([384], 384)


def test_an_image_size_of_its_own_wins():
    assert sizes(image_size=160) == ([160], 160)
    assert sizes(image_size=160, progressive="64:128/2") == ([64, 128], 160)
    assert sizes(image_size=160, recipe="paper:efficientnetv2-s") == ([128, 185, 242, 300], 160)


def test_regularisation_is_a_number_or_rises():
    settings = TrainSettings(data="photos", progressive="64:128/3", randaugment="5:15", dropout="0.2")
    schedule = settings.resolved().schedule
    assert schedule.randaugment == Ramp(5.0, 15.0)
    assert [phase.dropout for phase in schedule.phases] == [0.2, 0.2, 0.2]
    assert schedule.mixup is None


def test_zero_turns_a_regularisation_off_instead_of_leaving_it():
    assert TrainSettings(data="photos", dropout="0").resolved().schedule.dropout == Ramp(0.0, 0.0)


def test_crop_area_is_read_as_two_shares():
    assert TrainSettings(data="photos").resolved().crop.area is None
    assert TrainSettings(data="photos", crop_area="0.6:1").resolved().crop.area == Ramp(0.6, 1.0)
    assert TrainSettings(data="photos", crop_area="1").resolved().crop.area == Ramp(1.0, 1.0)
    own = TrainSettings(data="photos", crop_area="0.6:1", preprocessing="v2").resolved().crop.preprocessing()
    assert (own.crop.area, own.crop.tries, own.view.squeezed_from) == ((0.6, 1.0), 100, 320)


def test_options_change_the_recipe_and_dotted_settings_come_last():
    settings = TrainSettings(
        data="photos",
        recipe="released:efficientnetv2-s",
        epochs=8,
        learning_rate=0.1,
        batch_size=64,
        weight_decay=1e-4,
        label_smoothing=0.0,
        flip=False,
        overrides=("schedule.epochs=12", "optimizer.momentum=0.8"),
    )
    recipe = settings.resolved()
    assert (recipe.schedule.epochs, recipe.batch_size, recipe.peak_learning_rate) == (12, 64, 0.1)
    assert (recipe.optimizer.weight_decay, recipe.optimizer.weight_decay_kind) == (1e-4, "l2")
    assert (recipe.label_smoothing, recipe.augmentation.flip, recipe.optimizer.momentum) == (0.0, False, 0.8)


def test_a_named_recipe_refuses_networks_it_was_not_published_for():
    assert refusal(recipe="paper:efficientnetv2-s", model="efficientnetv2-b0").startswith("paper has efficientnetv2-s")
    assert TrainSettings(data="", recipe="paper:efficientnetv2-s", model="efficientnetv2-m").resolved().name == (
        "paper:efficientnetv2-m"
    )


def test_runs_are_the_same_where_they_resolve_to_the_same():
    plain = TrainSettings(data="photos")
    assert plain.differences(TrainSettings(data="photos", epochs=20, recipe="laptop", batch_size=32)) == []
    other = TrainSettings(data="birds", seed=4, overrides=["schedule.epochs=5"])
    assert plain.differences(other) == ["data: photos -> birds", "seed: 0 -> 4", "schedule.epochs: 20 -> 5"]


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
        ({"holdout": 1.0}, "`holdout` must be in [0, 1). Got: 1.0."),
        ({"patience": 0}, "`patience` must be at least 1. Got: 0."),
        ({"seed": -1}, "`seed` must be in [0, 2^29). Got: -1."),
        ({"crop_area": "0:1"}, "`crop_area` must be FIRST:LAST with 0 < FIRST <= LAST <= 1. Got: 0:1."),
        ({"crop_area": "all"}, "`--crop-area` must be a number or FIRST:LAST, like 5:15. Got: 'all'."),
        ({"dropout": "high"}, "`--dropout` must be a number or FIRST:LAST, like 5:15. Got: 'high'."),
        ({"drop_path": "1:2"}, "`drop_path` must be at least 0 and below 1. Got: 2.0."),
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
