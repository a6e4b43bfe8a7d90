import numpy as np
import pytest
from keras import ops
from small_photos import write_photos

from effnetv2_keras.configs.recipe_files import load_recipe
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.errors import UsageError
from effnetv2_keras.runs.history import read_history
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml
from effnetv2_keras.training import run as run_module
from effnetv2_keras.training.interrupt import Interrupted
from effnetv2_keras.training.load_run import load_run
from effnetv2_keras.training.recorder import Recorder
from effnetv2_keras.training.run import prepare, train


@pytest.fixture
def settings(photo_folder, tiny_model_file):
    return TrainSettings(
        data=str(photo_folder),
        model=str(tiny_model_file),
        epochs=3,
        progressive="32:40/3",
        batch_size=2,
        validation=0.25,
        seed=3,
    )


def silent(text):
    pass


def weights(classifier):
    return [ops.convert_to_numpy(ops.copy(weight)) for weight in classifier.network.weights]


def test_a_run_keeps_history_weights_labels_and_its_result(settings, tmp_path):
    training = prepare(settings, tmp_path / "run", say=silent)
    rows = train(training)
    run = RunDirectory(tmp_path / "run")
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert [row["image_size"] for row in read_history(run.history_file)] == [32, 36, 40]
    assert run.labels() == ("blue", "green", "red")
    assert read_yaml(run.result_file)["image_size"] == 40
    assert not run.checkpoints.exists()
    best = max(rows, key=lambda row: row["val_accuracy"])["epoch"]
    assert read_yaml(run.result_file)["epoch"] == best


def test_the_last_weights_of_a_run_are_those_it_ended_with(settings, tmp_path):
    training = prepare(settings, tmp_path / "run", say=silent)
    train(training)
    RunDirectory(tmp_path / "run").best_weights.unlink()
    again = load_run(tmp_path / "run")
    for a, b in zip(weights(again), weights(training.classifier), strict=True):
        assert np.array_equal(a, b)
    assert again.eval_size == 40


class StopsAt(Recorder):
    """A recorder that is interrupted after a given batch of the second epoch."""

    stop = (1, 1)

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if (self.position.epoch, self.position.step) == self.stop:
            raise Interrupted


def test_a_run_goes_on_from_the_step_it_was_stopped_at(settings, tmp_path, monkeypatch):
    settings = TrainSettings.from_dict({**settings.as_dict(), "randaugment": "1:5", "mixup": "0:0.2"})
    whole = prepare(settings, tmp_path / "whole", say=silent)
    rows = train(whole)
    monkeypatch.setattr(run_module, "Recorder", StopsAt)
    with pytest.raises(KeyboardInterrupt):
        train(prepare(settings, tmp_path / "broken", say=silent))
    monkeypatch.undo()
    said = []
    resumed = prepare(settings, tmp_path / "broken", say=said.append)
    assert said[-1] == "going on in epoch 2, after step 1 of 5"
    train(resumed)
    history = read_history(RunDirectory(tmp_path / "broken").history_file)
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert history[-1]["loss"] == pytest.approx(rows[-1]["loss"], rel=1e-3)
    assert int(resumed.classifier.optimizer.iterations.numpy()) == 15
    for a, b in zip(weights(resumed.classifier), weights(whole.classifier), strict=True):
        assert np.abs(a - b).max() < 1e-3


def test_the_step_after_a_resume_sees_the_batch_that_was_next(settings, tmp_path):
    training = prepare(settings, tmp_path / "run", say=silent)
    knobs = training.classifier.knobs
    data = make_dataset(training.source.train, 2, knobs=knobs, image_size=32)
    knobs.epoch = 1
    batches = [(images.numpy(), labels.numpy()) for images, labels in data]
    knobs.start_step = 2
    images, labels = next(iter(data))
    assert np.array_equal(images, batches[2][0])
    assert np.array_equal(labels, batches[2][1])


def test_a_finished_run_and_other_settings_are_not_overwritten(settings, tmp_path):
    train(prepare(settings, tmp_path / "run", say=silent))
    with pytest.raises(UsageError, match="holds this run, finished: take another --out, or --overwrite to repeat it"):
        prepare(settings, tmp_path / "run", say=silent)
    other = TrainSettings.from_dict({**settings.as_dict(), "seed": 4})
    with pytest.raises(UsageError, match=r"holds a run with other settings \(seed: 3 -> 4\)"):
        prepare(other, tmp_path / "run", say=silent)
    assert prepare(other, tmp_path / "run", overwrite=True, say=silent).run.settings().seed == 4


def test_wrong_settings_leave_no_directory_behind(settings, tmp_path):
    wrong = TrainSettings.from_dict({**settings.as_dict(), "model": "efficientnetv2-z"})
    with pytest.raises(UsageError, match="Unknown model: 'efficientnetv2-z'"):
        prepare(wrong, tmp_path / "run", say=silent)
    assert not (tmp_path / "run").exists()


def test_a_damaged_photo_is_named_and_training_goes_on(settings, photo_folder, tmp_path):
    photo = photo_folder / "blue" / "01.jpg"
    photo.write_bytes(photo.read_bytes()[:-300])
    said = []
    training = prepare(settings, tmp_path / "run", say=said.append)
    train(training)
    assert [text.partition(" (")[0] for text in said if text.startswith("skipped")] == [
        f"skipped {photo}: cannot be decoded: truncated or damaged"
    ]
    assert str(photo) in RunDirectory(tmp_path / "run").bad_files.read_text()
    assert int(training.classifier.optimizer.iterations.numpy()) == 15


def test_a_holdout_chooses_the_epoch_and_validation_is_looked_at_once(settings, tmp_path):
    changes = {"data": str(write_photos(tmp_path / "more", 12)), "holdout": 0.2, "epochs": 6, "patience": 1}
    settings = TrainSettings.from_dict({**settings.as_dict(), **changes})
    said = []
    training = prepare(settings, tmp_path / "run", say=said.append)
    assert [said[0], said[3]] == [  # between them what it computes with
        "3 classes, 27 training and 9 validation images",
        "kept back 6 training images to choose the best epoch by; 21 left",
    ]
    held, kept, validated = (
        set(split.locations) for split in (training.watched, training.source.train, training.source.validation)
    )
    assert (len(held), len(kept), len(validated)) == (6, 21, 9)
    assert len(held | kept | validated) == 36
    assert training.watched.counts() == {"blue": 2, "green": 2, "red": 2}
    rows = train(training)
    result = read_yaml(training.run.result_file)
    best = max(rows, key=lambda row: row["val_accuracy"])
    assert (result["epoch"], result["holdout_accuracy"]) == (best["epoch"], pytest.approx(best["val_accuracy"]))
    assert result["num_validation_images"] == 9
    classifier = load_run(tmp_path / "run")
    classifier.compile("sgd")
    data = make_dataset(training.source.validation, 2, image_size=40)
    accuracy = classifier.evaluate(data, verbose=0, return_dict=True)["accuracy"]
    assert result["val_accuracy"] == pytest.approx(accuracy, abs=1e-6)


def test_a_run_whose_batch_size_changes_has_the_steps_of_each_phase(settings, tmp_path):
    changes = ["schedule.batch_size=3:2", "schedule.num_phases=3"]
    settings = TrainSettings.from_dict({**settings.as_dict(), "overrides": changes})
    training = prepare(settings, tmp_path / "run", say=silent)
    count = len(training.source.train)
    assert training.epoch_steps == [-(-count // 3), -(-count // 2), -(-count // 2)]
    rows = train(training)
    assert [row["batch_size"] for row in rows] == [3, 2, 2]
    assert int(training.classifier.optimizer.iterations.numpy()) == sum(training.epoch_steps)


def test_a_run_of_so_many_steps_has_them(settings, tmp_path):
    settings = TrainSettings.from_dict({**settings.as_dict(), "overrides": ["steps=8", "schedule.epochs=4"]})
    training = prepare(settings, tmp_path / "run", say=silent)
    rows = train(training)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    assert int(training.classifier.optimizer.iterations.numpy()) == 8


def test_a_run_keeps_its_recipe_whatever_becomes_of_the_files(settings, tiny_model_file, tmp_path):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("schedule: {epochs: 1}\nbatch_size: 4\n")
    model = tmp_path / "net.yaml"
    model.write_text(tiny_model_file.read_text())
    settings = TrainSettings(data=settings.data, recipe=str(recipe), model=str(model), image_size=32, validation=0.25)
    train(prepare(settings, tmp_path / "run", say=silent))
    recipe.unlink()
    model.unlink()
    run = RunDirectory(tmp_path / "run")
    assert load_recipe(run.recipe_file).batch_size == 4
    assert run.recipe().schedule.epochs == 1
    assert load_run(tmp_path / "run").eval_size == 32
