import doctest
import shlex
from dataclasses import fields

import pytest

from effnetv2_keras.configs import train_command as train_command_module
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.configs.train_command import train_command

EVERYTHING = TrainSettings(
    data="my photos", model="net's.yaml", epochs=3, progressive="32:48/2", image_size=64, batch_size=6,
    randaugment="1:3", mixup="0:0.2", cutmix="0.5", dropout="0:0.1", drop_path="0.2", preprocessing="v2",
    crop_area="0.5:1", flip=False, learning_rate=0.01, weight_decay=0.0, label_smoothing=0.2, validation=0.25,
    max_per_class=9, max_bad_fraction=0.5, balance=0.5, class_weights=True, cache="ram", seed=7, recipe="laptop",
    overrides=("augmentation.num_layers=1", "optimizer.name=sgd"), holdout=0.1, patience=3, weights="imagenet",
    precision="mixed_bfloat16", xla=False, deterministic=True, checkpoint_every="500", keep_checkpoints=2,
    log_steps=True, rollbacks=3,
)  # fmt: skip


def parsed(command, monkeypatch):
    """Lets the command line read a command, without running it."""
    from effnetv2_keras.cli import train
    from effnetv2_keras.cli.main import main

    seen = []
    monkeypatch.setattr(train, "_run", lambda settings, out, team, **kwargs: seen.append((settings, str(out))))
    program, *words = shlex.split(command)
    assert program == "effnetv2"
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    return seen[0]


def test_the_command_line_reads_it_as_the_very_settings(monkeypatch):
    assert not [
        f.name for f in fields(TrainSettings) if getattr(EVERYTHING, f.name) == f.default and f.name != "recipe"
    ]
    assert parsed(train_command(EVERYTHING, "runs/a b"), monkeypatch) == (EVERYTHING, "runs/a b")


def test_what_was_not_asked_for_is_not_in_it():
    assert train_command(TrainSettings("photos"), "runs/photos") == "effnetv2 train photos --out runs/photos"


def test_a_recipe_and_the_other_way_of_a_flag_are_named(monkeypatch):
    settings = TrainSettings("photos", recipe="transfer:cifar10", flip=True)
    command = train_command(settings, "run")
    assert command == "effnetv2 train photos --flip --recipe transfer:cifar10 --out run"
    assert parsed(command, monkeypatch) == (settings, "run")


def test_examples_run():
    found = doctest.testmod(train_command_module)
    assert found.attempted > 0
    assert found.failed == 0
