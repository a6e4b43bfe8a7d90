"""The verb `train` from the outside. Long because every test needs the same small photos and one command line."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from PIL import Image
from small_photos import write_photos
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.runs.history import read_history, write_history
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml
from effnetv2_keras.runs.times import read_times


@pytest.fixture
def train(cli, photo_folder, tiny_model_file, tmp_path):
    """Trains on four photos a class for an epoch or two; options as a string."""

    def train(options="--epochs 2", data=photo_folder, out=tmp_path / "run"):
        words = f"--model {tiny_model_file} --image-size 32 --batch-size 6 {options}".split()
        return cli("train", data, "--out", out, *words)

    return train


def refusal(done, code):
    """Returns the sentence of a command that was refused, after a look at its form."""
    assert done.code == code
    assert "Traceback" not in done.err
    (line,) = done.err.splitlines()
    assert line.startswith("effnetv2: ")
    return line.removeprefix("effnetv2: ")


def test_says_what_it_trains_on_and_where_everything_is(session):
    assert session.trained.code == 0
    lines = session.trained.out.splitlines()
    assert lines[0] == "3 classes, 24 training and 9 validation images"
    assert lines[1].startswith("precision float32: ")
    assert lines[2].startswith("not compiled by XLA: ")
    assert lines[3:6] == [
        "phase  epochs  image_size  randaugment  dropout",
        "    0    0..1          32          1.0     0.00",
        "    1    2..3          48          3.0     0.10",
    ]
    epochs = [line for line in lines if line.startswith("epoch ")]
    assert [line.split("loss")[0].split() for line in epochs] == [
        ["epoch", "1/4", "phase", "1/2", "32", "px"],
        ["epoch", "2/4", "phase", "1/2", "32", "px"],
        ["epoch", "3/4", "phase", "2/2", "48", "px"],
        ["epoch", "4/4", "phase", "2/2", "48", "px"],
    ]
    names = ("best.weights.h5", "history.csv", "curves.png", "examples.png", "report.html")
    assert lines[-5:] == [f"wrote {session.run}/{name}" for name in names]


def test_a_run_directory_holds_everything(session):
    assert sorted(path.name for path in session.run.iterdir() if path.is_file()) == [
        *("best.weights.h5", "curves.png", "data.yaml", "environment.yaml", "examples.png", "fingerprint.yaml"),
        *("history.csv", "labels.txt", "last.weights.h5", "model.yaml", "recipe.yaml", "report.html"),
        *("result.yaml", "settings.yaml", "times.csv"),
    ]
    assert (session.run / "labels.txt").read_text() == "blue\ngreen\nred\n"
    rows = read_history(session.run / "history.csv")
    assert [(row["epoch"], row["image_size"], row["randaugment"]) for row in rows] == [
        *((1, 32, 1), (2, 32, 1), (3, 48, 3), (4, 48, 3)),
    ]
    rates = [row["learning_rate"] for row in rows]  # held at its peak for 60 % of the steps, then down to 0
    assert rates[:2] == pytest.approx([0.01, 0.01])
    assert 0 < rates[2] < 0.01
    assert rates[3] == pytest.approx(0, abs=1e-9)
    times = read_times(session.run / "times.csv")
    assert [(row["epoch"], row["image_size"], row["steps"]) for row in times] == [
        *((1, 32, 3), (2, 32, 3), (3, 48, 3), (4, 48, 3)),
    ]
    assert all(0 < row["seconds"] < 600 and row["images_per_second"] > 0 for row in times)
    assert read_yaml(session.run / "environment.yaml")["keras backend"] == "tensorflow"
    boards = sorted(str(path.parent.name) for path in session.run.rglob("events.out.tfevents.*"))
    assert boards == ["train", "validation"]
    settings = read_yaml(session.run / "settings.yaml")
    assert (settings["progressive"], settings["epochs"], settings["seed"]) == ("32:48/2", 4, 0)
    for picture in ("curves.png", "examples.png"):
        with Image.open(session.run / picture) as image:
            assert image.format == "PNG"


def test_bad_input_no_such_directory(train, tmp_path):
    assert refusal(train(data=tmp_path / "gone"), 3) == f"No such directory: {tmp_path}/gone."


def test_bad_input_no_images(train, tmp_path):
    (tmp_path / "empty" / "cat").mkdir(parents=True)
    (tmp_path / "empty" / "cat" / "1.heic").touch()
    assert refusal(train(data=tmp_path / "empty"), 3) == (
        f"No images in {tmp_path}/empty: a folder a class is needed, with .jpg .jpeg .png .bmp .gif .webp files in it. "
        "Other files seen: 1 .heic."
    )


def test_bad_input_one_class(train, photo_folder):
    shutil.rmtree(photo_folder / "red")
    shutil.rmtree(photo_folder / "blue")
    assert refusal(train(), 3) == (f"{photo_folder} must hold at least 2 classes. Got one only: 'green'.")


def test_bad_input_a_class_with_a_single_image(train, photo_folder):
    for name in ("00.jpg", "01.jpg", "02.jpg"):
        (photo_folder / "red" / name).unlink()
    assert refusal(train(), 3) == (
        "Class 'red' needs at least 2 images, one to train on and one to validate on. Got: 1."
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            "--model efficientnetv2-x",
            "Unknown model: 'efficientnetv2-x'. Nearest: efficientnetv2-xl, efficientnetv2-s, efficientnetv2-m, "
            "efficientnetv2-l, efficientnetv2-b3.",
        ),
        ("--model gone.yaml", "A model file must be readable. Got: 'gone.yaml' (No such file or directory)."),
        ("--image-size 31", "`image_size` must be at least 32 px. Got: 31."),
        ("--progressive 16:64/2", "`image_size` must be at least 32 px. Got: 16."),
        (
            "--epochs 2 --progressive 32:64/3",
            "`epochs` must be at least `num_phases` (3), one epoch a phase. Got: 2.",
        ),
        (
            "--progressive 128-224",
            "`--progressive` must be FIRST:LAST/PHASES in whole numbers, like 128:224/4 "
            "(sizes from 128 to 224 px in 4 phases). Got: '128-224'.",
        ),
        ("--batch-size 0", "`batch_size` must be at least 1. Got: 0."),
        ("--dropout 1", "`dropout` must be at least 0 and below 1. Got: 1.0."),
        ("--validation 1", "`validation` must be in (0, 1). Got: 1.0."),
        ("--holdout 1", "`holdout` must be in [0, 1). Got: 1.0."),
        ("--recipe papr", "Unknown recipe: 'papr'. Nearest: paper."),
        ("--recipe gone.yaml", "A recipe file must be readable. Got: 'gone.yaml' (No such file or directory)."),
        ("--set epochs=3", "Unknown setting: 'epochs'. Nearest: schedule.epochs, steps, tuning.head_epochs."),
        (
            "--set schedule.image_size=32:48",
            "`schedule.num_phases` must be above 1 where `schedule.image_size` is 32:48. Got: 1.",
        ),
    ],
)
def test_bad_input_in_an_option(train, tmp_path, options, sentence):
    assert refusal(train(options), 2) == sentence
    assert not (tmp_path / "run").exists()


def test_bad_input_an_unreadable_image_is_named_counted_and_skipped(train, photo_folder, tmp_path):
    photo_folder = photo_folder.rename(photo_folder.with_name("photos [bold] :red_circle:"))  # no markup, no emoji
    (photo_folder / "red" / "[x].jpg").touch()
    whole = photo_folder / "blue" / "00.jpg"
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])  # its header stays whole
    done = train("--epochs 1 --validation 0.25 --no-tensorboard", data=photo_folder)
    assert done.code == 0
    assert not (tmp_path / "run" / "tensorboard").exists()
    assert "skipped 1 unreadable:" in done.out
    assert f"  {photo_folder}/red/[x].jpg: empty file" in done.out.splitlines()
    assert f"skipped {whole}: cannot be decoded: truncated or damaged" in done.out
    assert read_yaml(tmp_path / "run" / "result.yaml")["num_bad_files"] == 2
    names = (tmp_path / "run" / "bad_files.csv").read_text().splitlines()
    assert len(names) == 3
    assert names[0] == "location,reason"
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Skipped files<small>2</small>" in page
    assert f'<th scope="row">{photo_folder}/red/[x].jpg</th><td>empty file</td>' in page


def test_bad_input_nothing_but_unreadable_images(train, photo_folder):
    for path in photo_folder.rglob("*.jpg"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    done = train("--epochs 1")
    assert done.code == 3
    assert done.err == (
        "effnetv2: Photos to train on must be readable. "
        "Got: 16 photos in a row cannot be decoded; they are named above.\n"
    )
    assert done.out.count("cannot be decoded: truncated or damaged") >= 9


def test_bad_input_too_many_unreadable_files_stop_the_run_at_opening(train, photo_folder, tmp_path):
    for number in range(10):
        (photo_folder / "red" / f"page_{number}.jpg").write_text("<html>")
    said = refusal(train("--epochs 1"), 3)
    named = "; ".join(f"{photo_folder}/red/page_{number}.jpg (not an image: an HTML page)" for number in range(3))
    assert said == (
        "At most 0.01 of the images may be unreadable (`max_bad_fraction`). "
        f"Got: 10 of 22, among them {named}. `effnetv2 data check` lists them all."
    )
    assert not (tmp_path / "run").exists()
    assert train("--epochs 1 --max-bad-fraction 0.5").code == 0


def test_bad_input_too_many_damaged_files_stop_the_run_on_its_way(cli, tiny_model_file, tmp_path):
    photos = write_photos(tmp_path / "photos", 12)
    damaged = [path for path in sorted(photos.rglob("*.jpg")) if path.stem in ("00", "03", "06", "09")]
    for path in damaged:  # their headers stay whole, so that they are opened
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    words = f"--model {tiny_model_file} --image-size 32 --batch-size 4 --epochs 3".split()
    done = cli("train", photos, "--out", tmp_path / "run", *words)
    assert done.code == 3
    (sentence,) = (line for line in done.err.splitlines() if line.startswith("effnetv2: "))
    start = "effnetv2: At most 0.01 of the images may be unreadable (`max_bad_fraction`). Got: 10 of 36, among them "
    assert sentence.startswith(start)
    assert "Traceback" not in done.err
    named = [path for path in damaged if f"{path} (cannot be decoded: truncated or damaged" in sentence]
    assert len(named) == 3
    table = (tmp_path / "run" / "bad_files.csv").read_text()
    assert sum(str(path) in table for path in damaged) >= 10


def test_bad_input_a_directory_that_holds_something_else(train, session, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    for options in ("", "--overwrite"):
        assert refusal(train(options, out=tmp_path / "mine"), 2) == (
            f"`--out` must be a new directory or that of a run. Got: {tmp_path}/mine, which holds other files."
        )
    assert refusal(train(out=session.run), 2).startswith(f"{session.run} holds a run with other settings (data: ")


def test_bad_input_a_finished_run_and_one_with_other_settings(cli, session):
    *words, out = session.command
    assert refusal(cli(*words, out), 2) == (
        f"{session.run} holds this run, finished: take another --out, or --overwrite to repeat it."
    )
    assert refusal(cli(*words, out, "--seed", 1, "--epochs", 5), 2) == (
        f"{session.run} holds a run with other settings (seed: 0 -> 1; schedule.epochs: 4 -> 5): take another --out, "
        "or --overwrite to replace it."
    )


def test_overwrite_replaces_a_run(train, tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.begin(TrainSettings(data="other photos"))
    write_history(run.history_file, [{"epoch": float(epoch)} for epoch in range(1, 9)])
    run.result_file.write_text("epoch: 8\n")
    assert train("--epochs 1 --overwrite").code == 0
    assert [row["epoch"] for row in read_history(run.history_file)] == [1]
    assert run.settings().epochs == 1


def test_interrupted_it_keeps_what_was_trained_and_goes_on_with_the_same_command(
    photo_folder, tiny_model_file, tmp_path
):
    options = f"--model {tiny_model_file} --progressive 32:40/2 --epochs 4 --batch-size 3 --out {tmp_path}/run"
    command = [sys.executable, "-m", "effnetv2_keras.cli.main", "train", str(photo_folder), *options.split()]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as run:
        before = []
        for line in run.stdout:
            before.append(line)
            if line.startswith("epoch   1/"):
                run.send_signal(signal.SIGINT)
                break
        rest, errors = run.communicate()
    assert run.returncode == 130
    assert errors == ""
    assert f"Stopped. What was trained is kept in {tmp_path}/run; the same command goes on from there." in rest
    assert list((tmp_path / "run" / "checkpoints").glob("*.npz"))
    kept = read_history(tmp_path / "run" / "history.csv")
    assert 1 <= len(kept) < 4

    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert "going on in epoch " in again.stdout
    assert "epoch   1/4" not in again.stdout
    rows = read_history(tmp_path / "run" / "history.csv")
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    assert rows[: len(kept)] == kept
    assert [row["epoch"] for row in read_times(tmp_path / "run" / "times.csv")] == [1, 2, 3, 4]
    board = EventAccumulator(str(tmp_path / "run" / "tensorboard" / "train")).Reload()
    assert [one.step for one in board.Tensors("loss")] == [1, 2, 3, 4]
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_a_recipe_of_ones_own_with_a_holdout(cli, tmp_path, tiny_model_file):
    photos = write_photos(tmp_path / "photos", 8)
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(
        f"model: {tiny_model_file}\nbatch_size: 6\nlearning_rate: {{base: 1e-2}}\nschedule:\n  rows:\n"
        "  - {epochs: 1, image_size: 32, randaugment: 1, learning_rate_scale: 2}\n"
        "  - {epochs: 2, image_size: 40, randaugment: 2, learning_rate_scale: 1}\neval_size: 40\n"
    )
    words = ("train", photos, "--recipe", recipe, "--set", "label_smoothing=0.2", "--holdout", 0.2)
    done = cli(*words, "--out", tmp_path / "run")
    assert done.code == 0
    lines = done.out.splitlines()
    said_of_the_device = ("precision ", "not compiled ")
    assert [line for line in lines if not line.startswith(said_of_the_device)][:5] == [
        "3 classes, 18 training and 6 validation images",
        "kept back 3 training images to choose the best epoch by; 15 left",
        "phase  epochs  image_size  randaugment  learning_rate_scale",
        "    0    0..0          32          1.0                    2",
        "    1    1..2          40          2.0                    1",
    ]
    assert [line.split(" in epoch")[0].rsplit(" ", 1)[0] for line in lines if line.startswith("best ")] == [
        "best holdout accuracy"
    ]
    assert any(line.startswith("validation accuracy ") and line.endswith("with its weights") for line in lines)
    kept = read_yaml(tmp_path / "run" / "recipe.yaml")
    assert (kept["label_smoothing"], kept["batch_size"], kept["schedule"]["kind"]) == (0.2, 6, "phases")
    rows = read_history(tmp_path / "run" / "history.csv")
    assert [(row["image_size"], row["learning_rate_scale"]) for row in rows] == [(32, 2), (40, 1), (40, 1)]
    other = refusal(cli(*words, "--set", "label_smoothing=0.3", "--out", tmp_path / "run"), 2)
    assert "holds a run with other settings (label_smoothing: 0.2 -> 0.3)" in other
