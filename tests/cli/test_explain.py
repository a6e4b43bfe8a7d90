import numpy as np
import pytest
from PIL import Image

KINDS = ("run", "saved_model", "tflite")


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_is_explained_in_a_picture(cli, session, tmp_path, kind):
    photos = sorted((session.photos / "test").glob("*/00.jpg"))
    done = cli("explain", session.model(kind), *photos, "--out", tmp_path / "cam.png")
    assert (done.code, done.err) == (0, "")
    *lines, last = done.out.splitlines()
    best = [line.split()[:3] for line in cli("predict", session.model(kind), *photos, "--top", 1).out.splitlines()]
    assert [line.split()[:3] for line in lines] == best
    assert last == f"wrote {tmp_path}/cam.png"
    with Image.open(tmp_path / "cam.png") as picture:
        assert picture.size == (979, 847)  # three rows of three
        assert np.asarray(picture.convert("RGB")).std() > 20


def test_a_class_and_a_layer_are_explained_where_they_are_named(cli, session, tmp_path):
    photo = session.photos / "test" / "red" / "00.jpg"
    words = ("explain", session.run, photo, "--out", tmp_path / "cam.png", "--class", "green")
    done = cli(*words, "--layer", "stage1_block1")
    assert done.code == 0
    assert done.out.startswith(f"{photo}: green 0.")


def test_what_cannot_be_read_is_named_and_the_rest_is_drawn(cli, session, tmp_path):
    (tmp_path / "bad.jpg").write_text("<html>")
    photo = session.photos / "test" / "red" / "00.jpg"
    done = cli("explain", session.run, tmp_path / "bad.jpg", photo, "--out", tmp_path / "cam.png")
    assert (done.code, done.err) == (0, f"{tmp_path}/bad.jpg: not an image: an HTML page\n")
    assert len(done.out.splitlines()) == 2
    done = cli("explain", session.run, tmp_path / "bad.jpg", "--out", tmp_path / "none.png")
    assert done.code == 3
    assert done.err.endswith("effnetv2: At least one image must be readable. Got: 1 of 1 are not.\n")
    assert not (tmp_path / "none.png").exists()


def test_refuses_a_class_and_a_layer_that_there_are_not(cli, session):
    photo = session.photos / "test" / "red" / "00.jpg"
    done = cli("explain", session.run, photo, "--class", "redd")
    assert (done.code, done.err) == (2, "effnetv2: Unknown class: 'redd'. Nearest: red.\n")
    done = cli("explain", session.run, photo, "--layer", "heads")
    assert (done.code, done.err) == (2, "effnetv2: Unknown layer: 'heads'. Nearest: head.\n")
    done = cli("explain", session.model("tflite"), photo, "--layer", "head")
    assert done.code == 2
    assert done.err == "effnetv2: `layer` needs a run, whose layers can be looked into. Got: 'head' of a tflite.\n"


def test_refuses_more_pictures_than_fit(cli, session, tmp_path):
    for number in range(41):
        (tmp_path / f"{number}.jpg").touch()
    done = cli("explain", session.run, tmp_path)
    assert (done.code, done.err) == (2, "effnetv2: Pictures must be at most 40, a row each. Got: 41.\n")
