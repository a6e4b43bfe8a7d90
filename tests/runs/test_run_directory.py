import pytest

from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml, write_yaml

SETTINGS = TrainSettings(data="photos", epochs=4, progressive="32:64/2", image_size=64, dropout="0.1:0.3")
OTHER = TrainSettings(data="photos", epochs=5, progressive="32:64/2", image_size=64, dropout="0.1:0.3")


@pytest.fixture
def run(tmp_path):
    """A run that has ended an epoch."""
    run = RunDirectory(tmp_path / "run")
    run.begin(SETTINGS)
    run.labels_file.write_text("cat\ndög\n")
    run.history_file.write_text("epoch\n1\n")
    run.checkpoints.mkdir()
    (run.checkpoints / "epoch-0002-step-000000.npz").touch()
    return run


def refusal(run, settings, **options):
    with pytest.raises(UsageError) as caught:
        run.goes_on(settings, **options)
    return str(caught.value)


def test_a_new_directory_begins_a_run_and_asking_writes_nothing(tmp_path):
    run = RunDirectory(tmp_path / "new")
    assert run.goes_on(SETTINGS) is False
    assert not run.path.exists()
    run.begin(SETTINGS)
    assert run.is_run
    assert not run.is_finished
    assert run.settings() == SETTINGS


def test_an_empty_directory_is_as_good_as_none(tmp_path):
    assert RunDirectory(tmp_path).goes_on(SETTINGS) is False


def test_the_same_settings_go_on(run):
    assert RunDirectory(run.path).goes_on(SETTINGS) is True


def test_other_settings_are_refused_and_named(run):
    assert refusal(run, OTHER) == (
        f"{run.path} holds a run with other settings (schedule.epochs: 4 -> 5): take another --out, "
        "or --overwrite to replace it, or --allow-config-drift to go on."
    )
    assert run.goes_on(OTHER, allow_drift=True) is True
    assert run.drift(OTHER) == ["schedule.epochs: 4 -> 5"]


def test_a_finished_run_is_refused(run):
    run.result_file.write_text("val_accuracy: 1.0\n")
    assert refusal(run, SETTINGS) == (
        f"{run.path} holds this run, finished: take another --out, or --overwrite to repeat it."
    )


def test_a_run_without_anything_to_keep_makes_room(tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.begin(SETTINGS)
    assert run.goes_on(OTHER) is False


@pytest.mark.parametrize("is_overwritten", [False, True])
def test_files_that_are_no_run_are_never_touched(tmp_path, is_overwritten):
    (tmp_path / "thesis.tex").touch()
    assert refusal(RunDirectory(tmp_path), SETTINGS, overwrite=is_overwritten) == (
        f"`--out` must be a new directory or that of a run. Got: {tmp_path}, which holds other files."
    )


@pytest.mark.parametrize("content", ["debug: true\n", "- a\n", "a: [\n", ""])
def test_settings_of_something_else_are_no_run(tmp_path, content):
    (tmp_path / "settings.yaml").write_text(content)
    run = RunDirectory(tmp_path)
    assert not run.is_run
    assert "holds other files" in refusal(run, SETTINGS, overwrite=True)


def test_a_file_is_no_directory(tmp_path):
    (tmp_path / "out").touch()
    assert "holds other files" in refusal(RunDirectory(tmp_path / "out"), SETTINGS)


def test_overwriting_removes_the_run_and_nothing_else(run):
    run.result_file.write_text("val_accuracy: 1.0\n")
    run.best_weights.touch()
    (run.path / "notes.txt").write_text("mine")
    (run.path / "export").mkdir()
    assert run.goes_on(OTHER, overwrite=True) is False
    run.begin(OTHER)
    assert sorted(path.name for path in run.path.iterdir()) == ["export", "notes.txt", "recipe.yaml", "settings.yaml"]
    assert run.settings() == OTHER


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("settings.yaml", "data: photos\nmodel: null\nepochz: 3\n", "Unknown setting: 'epochz'. Nearest: epochs."),
        ("settings.yaml", "data: photos\nmodel: null\nepochs: 0\n", "`epochs` must be at least 1. Got: 0."),
        ("recipe.yaml", "base: laptop\nbatch_sise: 3\n", "Unknown setting: 'batch_sise'. Nearest: "),
        ("recipe.yaml", "base: [", "A recipe file must be YAML. Got: "),
        ("model.yaml", "name: mine\nstages:\n  - [fused, 3,", "A model file must be YAML. Got: "),
        ("model.yaml", "name: mine\nstages: []\n", "`number of stages` must be"),
        ("model.yaml", b"\xff\xfe\xfa", "A model file must be readable. Got: "),
    ],
)
def test_a_damaged_file_of_the_run_is_a_data_error_that_names_it(run, name, content, message):
    (run.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    read = {"settings.yaml": run.settings, "recipe.yaml": run.recipe, "model.yaml": run.config}[name]
    with pytest.raises(DataError) as caught:
        read()
    assert message in str(caught.value)
    assert str(run.path / name) in str(caught.value)


@pytest.mark.parametrize("name", ["recipe.yaml", "model.yaml"])
def test_a_file_of_the_run_that_is_gone_is_a_data_error(run, name):
    (run.path / name).unlink(missing_ok=True)
    with pytest.raises(DataError, match=rf"{name}' \(No such file or directory\)"):
        {"recipe.yaml": run.recipe, "model.yaml": run.config}[name]()


def test_a_recipe_that_is_asked_for_stays_a_wrong_setting(run, tmp_path):
    (tmp_path / "mine.yaml").write_text("batch_sise: 3\n")
    with pytest.raises(UsageError, match="Unknown setting: 'batch_sise'"):
        run.goes_on(TrainSettings(data="photos", recipe=str(tmp_path / "mine.yaml")))


def test_class_names_are_read_in_order(run):
    assert run.labels() == ("cat", "dög")
    run.labels_file.unlink()
    with pytest.raises(DataError) as caught:
        run.labels()
    assert str(caught.value) == (
        f"A run must have its class names in {run.labels_file}. Got: No such file or directory."
    )


def test_the_best_weights_are_those_of_the_run_else_the_last(run):
    with pytest.raises(DataError) as caught:
        run.weights()
    assert str(caught.value) == f"The run in {run.path} must have ended an epoch to have weights. Got: none yet."
    run.last_weights.touch()
    assert run.weights() == run.last_weights
    run.best_weights.touch()
    assert run.weights() == run.best_weights


def test_yaml_keeps_the_order_and_other_alphabets(tmp_path):
    values = {"b": 1, "a": ["grün", None, 0.5]}
    write_yaml(tmp_path / "x.yaml", values)
    assert (tmp_path / "x.yaml").read_text(encoding="utf-8") == "b: 1\na:\n- grün\n- null\n- 0.5\n"
    assert read_yaml(tmp_path / "x.yaml") == values


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"- a\n", "must hold names and values. Got: list."),
        (b"a: [", "must be YAML. Got: "),
        (b"\xff\xfe\xfa", "must be YAML. Got: "),
    ],
)
def test_a_file_that_is_no_mapping_is_a_data_error(tmp_path, content, message):
    (tmp_path / "x.yaml").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_yaml(tmp_path / "x.yaml")
    assert str(caught.value).startswith(f"{tmp_path}/x.yaml {message}")
