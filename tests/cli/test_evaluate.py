import json

import pytest

KINDS = ("run", "saved_model", "tflite")


def test_every_form_measures_the_same(cli, session):
    measured = []
    for kind in KINDS:
        done = cli("evaluate", session.model(kind), session.photos, "--json")
        assert done.code == 0
        (line,) = done.out.splitlines()
        measured.append(json.loads(line))
    assert [figures["kind"] for figures in measured] == list(KINDS)
    assert [figures["num_images"] for figures in measured] == [9, 9, 9]
    assert [figures["image_size"] for figures in measured] == [48, 48, 48]
    assert len({figures["accuracy"] for figures in measured}) == 1
    assert [figures["top5_accuracy"] for figures in measured] == [1.0, 1.0, 1.0]
    assert [sorted(figures["recall"]) for figures in measured] == [["blue", "green", "red"]] * 3
    assert [figures["skipped"] for figures in measured] == [[], [], []]


def test_the_run_measures_what_training_reported(cli, session):
    from effnetv2_keras.runs.run_directory import read_yaml

    figures = json.loads(cli("evaluate", session.run, session.photos, "--json").out)
    assert figures["accuracy"] == pytest.approx(read_yaml(session.run / "result.yaml")["val_accuracy"], abs=1e-6)


def test_without_json_it_is_a_table(cli, session):
    done = cli("evaluate", session.model("tflite"), session.photos / "test")
    assert done.code == 0
    assert "│ num images    │ 9 " in done.out
    assert "weakest classes: " in done.out


def test_unreadable_images_are_named(cli, session, tmp_path):
    (tmp_path / "red").mkdir()
    photo = (session.photos / "test" / "red" / "00.jpg").read_bytes()
    (tmp_path / "red" / "good.jpg").write_bytes(photo)
    (tmp_path / "red" / "half [1].jpg").write_bytes(photo[: len(photo) // 2])
    (tmp_path / "red" / "none.jpg").touch()
    done = cli("evaluate", session.model("tflite"), tmp_path)
    unopened, undecoded = done.out.splitlines()[-2:]
    assert unopened == f"skipped {tmp_path}/red/none.jpg: empty file"
    assert undecoded.startswith(f"skipped {tmp_path}/red/half [1].jpg: cannot be decoded: truncated or damaged")
    figures = json.loads(cli("evaluate", session.model("tflite"), tmp_path, "--json").out)
    assert figures["num_images"] == 1
    assert len(figures["skipped"]) == 2


def test_nothing_readable_is_refused(cli, session, tmp_path):
    (tmp_path / "red").mkdir()
    photo = (session.photos / "test" / "red" / "00.jpg").read_bytes()
    (tmp_path / "red" / "half.jpg").write_bytes(photo[: len(photo) // 2])
    done = cli("evaluate", session.model("tflite"), tmp_path)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("effnetv2: At least one image must be readable. Got: 1 that are not, the first: ")


def test_refuses_a_class_that_the_model_does_not_know(cli, session, tmp_path):
    (tmp_path / "violet").mkdir()
    (tmp_path / "violet" / "1.jpg").write_bytes((session.photos / "test" / "red" / "00.jpg").read_bytes())
    done = cli("evaluate", session.model("tflite"), tmp_path)
    assert done.code == 3
    assert done.err == (
        f"effnetv2: Classes of {tmp_path} must be among the 3 known ones (blue, green, red). Got also: violet.\n"
    )


def test_refuses_a_directory_that_is_not_there(cli, session, tmp_path):
    done = cli("evaluate", session.model("tflite"), tmp_path / "gone")
    assert (done.code, done.err) == (3, f"effnetv2: No such directory: {tmp_path}/gone.\n")
