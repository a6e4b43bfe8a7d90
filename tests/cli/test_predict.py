import json

import pytest

KINDS = ("run", "saved_model", "tflite")


def answers(done):
    assert done.code == 0
    return [json.loads(line) for line in done.out.splitlines()]


def test_every_form_says_the_same_one_json_object_a_line(cli, session):
    first, *others = [
        answers(cli("predict", session.model(kind), session.photos / "test", "--top", 2, "--json")) for kind in KINDS
    ]
    assert len(first) == 9
    assert list(first[0]) == ["path", "predictions"]
    assert first[0]["path"] == f"{session.photos}/test/blue/00.jpg"
    assert [list(best) for best in first[0]["predictions"]] == [["label", "score"]] * 2
    for other in others:
        for one, two in zip(first, other, strict=True):
            assert [best["label"] for best in one["predictions"]] == [best["label"] for best in two["predictions"]]
            for a, b in zip(one["predictions"], two["predictions"], strict=True):
                assert a["score"] == pytest.approx(b["score"], abs=1e-4)


def test_without_json_it_is_a_line_for_people(cli, session):
    photo = session.photos / "test" / "red" / "00.jpg"
    done = cli("predict", session.model("run"), photo, "--top", 1)
    (line,) = done.out.splitlines()
    path, best = line.split(": ")
    label, score = best.split()
    assert path == str(photo)
    assert label in ("blue", "green", "red")
    assert 0.33 < float(score) <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_unreadable_image_is_named_and_counted_and_the_others_answered(cli, session, tmp_path, kind):
    (tmp_path / "a.jpg").write_text("<html>")
    (tmp_path / "b.jpg").write_bytes((session.photos / "test" / "red" / "00.jpg").read_bytes())
    done = cli("predict", session.model(kind), tmp_path, "--json")
    bad, good = answers(done)
    assert bad == {"path": f"{tmp_path}/a.jpg", "error": "not an image: an HTML page"}
    assert len(good["predictions"]) == 3
    assert done.err == "1 of 2 images could not be read\n"


def test_nothing_readable_ends_with_exit_code_3(cli, session, tmp_path):
    (tmp_path / "a.jpg").touch()
    done = cli("predict", session.model("tflite"), tmp_path)
    assert done.code == 3
    assert done.out == f"{tmp_path}/a.jpg: empty file\n"
    assert done.err == "effnetv2: At least one image must be readable. Got: 1 of 1 are not.\n"


def test_refuses_models_and_images_that_are_not_there(cli, session, tmp_path):
    done = cli("predict", tmp_path / "gone", session.photos)
    assert (done.code, done.err) == (3, f"effnetv2: No such file or directory: {tmp_path}/gone.\n")
    done = cli("predict", session.model("tflite"), tmp_path / "gone.jpg")
    assert (done.code, done.err) == (3, f"effnetv2: No such file or directory: {tmp_path}/gone.jpg.\n")
    done = cli("predict", tmp_path, session.photos)
    assert done.code == 3
    assert done.err == (
        f"effnetv2: {tmp_path} must be a run directory, a SavedModel folder or a .tflite file. Got none of these.\n"
    )


def test_refuses_no_classes(cli, session):
    done = cli("predict", session.model("tflite"), session.photos, "--top", 0)
    assert (done.code, done.err) == (2, "effnetv2: `--top` must be at least 1. Got: 0.\n")


def test_several_views_of_each_are_averaged(cli, session):
    words = ("predict", session.model("tflite"), session.photos / "test" / "red", "--top", 3, "--json")
    plain, averaged = answers(cli(*words)), answers(cli(*words, "--tta", "flip,fivecrop"))
    assert [one["path"] for one in averaged] == [one["path"] for one in plain]
    assert all(sum(best["score"] for best in one["predictions"]) == pytest.approx(1, abs=1e-4) for one in averaged)
    assert averaged != plain
