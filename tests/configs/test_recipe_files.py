import pytest

from effnetv2_keras.configs.phase_list import PhaseList
from effnetv2_keras.configs.plain import from_plain, to_plain
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.random_resize import RandomResize
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.recipe_files import dump_recipe, load_recipe, override, resolve_recipe
from effnetv2_keras.configs.recipes import get_recipe, list_recipes
from effnetv2_keras.errors import UsageError

S = "paper:efficientnetv2-s"


@pytest.fixture
def written(tmp_path):
    """Writes a recipe file and returns its path."""

    def written(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return path

    return written


@pytest.mark.parametrize("name", list_recipes())
def test_every_recipe_survives_a_file(name, written):
    recipe = get_recipe(name)
    assert load_recipe(written(dump_recipe(recipe))) == recipe
    assert from_plain(Recipe, to_plain(recipe)) == recipe


@pytest.mark.parametrize(
    "change",
    [
        "schedule.kind=random_resize",
        "schedule.rows=[{epochs: 2, image_size: 32, dropout: 0.1}, {epochs: 3, image_size: 64, dropout: 0.25}]",
        "optimizer.exclude=[]",
        "crop.area=0.2:0.9",
        "learning_rate.base=1e-7",
    ],
)
def test_changed_recipes_survive_a_file_too(change, written):
    recipe = override(get_recipe(S), [change])
    assert load_recipe(written(dump_recipe(recipe))) == recipe


def test_a_dumped_recipe_ends_with_its_schedules_table():
    assert dump_recipe(get_recipe(S)).splitlines()[-5:] == [
        "# phase    epochs  image_size  randaugment  mixup  dropout",
        "#     0     0..86         128          5.0   0.00     0.10",
        "#     1   87..174         185          8.3   0.00     0.17",
        "#     2  175..261         242         11.7   0.00     0.23",
        "#     3  262..349         300         15.0   0.00     0.30",
    ]


def test_a_file_changes_the_recipe_it_names(written):
    text = "base: paper:efficientnetv2-m\nschedule:\n  randaugment: 5:12\noptimizer: {weight_decay: 1e-4}\n"
    recipe = load_recipe(written(text))
    assert recipe.schedule.randaugment == Ramp(5, 12)
    assert recipe.schedule.image_size == Ramp(128, 380)
    assert (recipe.optimizer.weight_decay, recipe.optimizer.name) == (1e-4, "rmsprop_tf")


def test_a_file_without_a_base_changes_the_laptops(written):
    recipe = load_recipe(written("model: efficientnetv2-s\nschedule: {epochs: 3}\n"))
    assert (recipe.model, recipe.schedule.epochs, recipe.eval_size, recipe.batch_size) == (
        "efficientnetv2-s",
        3,
        384,
        32,
    )


def test_a_complete_file_stands_alone(written, tmp_path):
    recipe = override(get_recipe("laptop"), [f"model={tmp_path}/gone.yaml"])
    assert load_recipe(written(dump_recipe(recipe))) == recipe


def test_a_files_phases_are_given_one_by_one(written):
    text = (
        "schedule:\n  rows:\n  - {epochs: 4, image_size: 32, mixup: 0}\n  - {epochs: 8, image_size: 64, mixup: 0.1}\n"
    )
    schedule = load_recipe(written(text)).schedule
    assert isinstance(schedule, PhaseList)
    assert [(phase.first_epoch, phase.image_size, phase.mixup) for phase in schedule.phases] == [
        (0, 32, 0),
        (4, 64, 0.1),
    ]


def test_a_file_may_have_another_network(written):
    path = written("base: paper:efficientnetv2-s\n")
    assert resolve_recipe(str(path), "efficientnetv2-b3").model == "efficientnetv2-b3"


def test_dotted_settings():
    recipe = override(
        get_recipe(S),
        ["schedule.image_size=64:96", "schedule.epochs=12", "schedule.randaugment=none", "optimizer.weight_decay=1e-4"],
    )
    assert [phase.image_size for phase in recipe.schedule.phases] == [64, 74, 85, 96]
    assert recipe.schedule.turned == ("mixup", "dropout")
    assert recipe.optimizer.weight_decay == 1e-4


def test_another_kind_of_schedule_keeps_what_it_knows():
    schedule = override(get_recipe(S), ["schedule.every=4", "schedule.kind=random_resize"]).schedule
    assert schedule == RandomResize(
        epochs=350,
        every=4,
        image_size=Ramp(128, 300),
        randaugment=Ramp(5, 15),
        mixup=Ramp(0, 0),
        dropout=Ramp(0.1, 0.3),
    )


def test_phases_may_carry_batch_size_and_rate():
    schedule = override(get_recipe(S), ["schedule.batch_size=512:128", "schedule.learning_rate_scale=2:1"]).schedule
    assert [phase.batch_size for phase in schedule.phases] == [512, 384, 256, 128]
    assert [phase.learning_rate_scale for phase in schedule.phases] == pytest.approx([2, 5 / 3, 4 / 3, 1])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("schedule.epochs", "`--set` must be NAME=VALUE, like schedule.epochs=20. Got: 'schedule.epochs'."),
        ("schedule.epochs=ten", "`schedule.epochs` must be a whole number. Got: 'ten'."),
        ("schedule.epochs=1.5", "`schedule.epochs` must be a whole number. Got: 1.5."),
        ("batch_size=true", "`batch_size` must be a whole number. Got: True."),
        ("augmentation.flip=1", "`augmentation.flip` must be true or false. Got: 1."),
        ("label_smoothing=1e999", "`label_smoothing` must be a number. Got: inf."),
        ("model=3", "`model` must be text. Got: 3."),
        ("optimizer.exclude=bias", "`optimizer.exclude` must be a list. Got: 'bias'."),
        ("optimizer.exclude=[1]", "`optimizer.exclude.0` must be text. Got: 1."),
        ("schedule.randaugment=5:x", "`schedule.randaugment` must be a number or FIRST:LAST, like 5:15. Got: '5:x'."),
        ("optimizer.name=adam", "Unknown optimizer: 'adam'. Nearest: adamw, lamb."),
        ("schedule.kind=random", "Unknown kind of schedule: 'random'. Nearest: random_resize."),
        ("learning_rate.warmup=3", "Unknown setting: 'learning_rate.warmup'. Nearest: learning_rate.warmup_epochs"),
        ("schedul.epochs=3", "Unknown setting: 'schedul'. Nearest: schedule"),
        ("optimizer=sgd", "`optimizer` holds several settings: optimizer.name, optimizer.momentum, "),
        ("schedule.image_size=8:64", "`image_size` must be at least 32 px. Got: 8."),
        ("steps=10", "`steps` must be a whole number of at least 350. Got: 10."),
        ("a: b=3", "Unknown setting: 'a: b'."),
        ("model.name=x", "`model` must be text. Got: {'name': 'x'}."),
    ],
)
def test_a_wrong_setting_is_refused_by_name(change, sentence):
    with pytest.raises(UsageError) as caught:
        override(get_recipe(S), [change])
    assert str(caught.value).startswith(sentence)


def test_sizes_that_rise_need_more_than_one_phase():
    with pytest.raises(UsageError, match="`schedule.num_phases` must be above 1 where .* is 128:224. Got: 1."):
        override(get_recipe("laptop"), ["schedule.image_size=128:224"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a\n", "A recipe file must hold names with values. Got: ['a']."),
        ("a: [", "A recipe file must be YAML. Got: "),
        ("base: papr\n", "Unknown recipe: 'papr'. Nearest: paper."),
        ("schedule: {epoch: 3}\n", "Unknown setting: 'schedule.epoch'. Nearest: schedule.epochs"),
        ("schedule: 3\n", "`schedule` holds several settings: "),
    ],
)
def test_a_wrong_file_is_refused_by_its_path(text, sentence, written):
    path = written(text)
    with pytest.raises(UsageError) as caught:
        load_recipe(path)
    assert str(caught.value).startswith(f"{path}: {sentence}")


def test_a_missing_file_is_refused():
    with pytest.raises(UsageError, match=r"A recipe file must be readable. Got: 'gone.yaml' \(No such file"):
        resolve_recipe("gone.yaml")
