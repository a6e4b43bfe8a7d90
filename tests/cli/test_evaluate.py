import json
import re

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
    assert [sorted(figures["precision"]) for figures in measured][1:] == [sorted(measured[0]["precision"])] * 2
    assert [figures["skipped"] for figures in measured] == [[], [], []]
    assert [figures["report"] for figures in measured] == [None, None, None]


def test_the_run_measures_what_training_reported(cli, session):
    from effnetv2_keras.runs.run_directory import read_yaml

    figures = json.loads(cli("evaluate", session.run, session.photos, "--json").out)
    assert figures["accuracy"] == pytest.approx(read_yaml(session.run / "result.yaml")["val_accuracy"], abs=1e-6)


def test_without_json_it_is_a_table(cli, session):
    done = cli("evaluate", session.model("tflite"), session.photos / "test")
    assert done.code == 0
    assert re.search(r"│ num images +│ 9 ", done.out)
    assert "top5" not in done.out  # of three classes
    assert "weakest classes: " in done.out


def test_unreadable_images_are_named(cli, session, tmp_path):
    (tmp_path / "red").mkdir()
    photo = (session.photos / "test" / "red" / "00.jpg").read_bytes()
    (tmp_path / "red" / "good.jpg").write_bytes(photo)
    (tmp_path / "red" / "half [1].jpg").write_bytes(photo[: len(photo) // 2])
    (tmp_path / "red" / "none.jpg").touch()
    done = cli("evaluate", session.model("tflite"), tmp_path)
    unopened, undecoded, page = done.out.splitlines()[-3:]
    assert unopened == f"skipped {tmp_path}/red/none.jpg: empty file"
    assert undecoded.startswith(f"skipped {tmp_path}/red/half [1].jpg: cannot be decoded: truncated or damaged")
    figures = json.loads(cli("evaluate", session.model("tflite"), tmp_path, "--json").out)
    assert figures["num_images"] == 1
    assert len(figures["skipped"]) == 2
    assert page == f"wrote {session.run}/export/photos.tflite.report.html"


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


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("run", "evaluation.html"),
        ("saved_model", "export/photos.report.html"),
        ("tflite", "export/photos.tflite.report.html"),
    ],
)
def test_every_form_gets_a_page_of_the_same_figures(cli, session, kind, place):
    done = cli("evaluate", session.model(kind), session.photos)
    assert done.code == 0
    assert done.out.splitlines()[-1] == f"wrote {session.run}/{place}"
    page = (session.run / place).read_text()
    (session.run / place).unlink()
    figures = json.loads(cli("evaluate", session.model(kind), session.photos, "--json").out)
    right = round(figures["accuracy"] * 9)
    assert f"<b>{right} of 9 images were answered right: " in page
    assert ('id="curves"' in page) == (kind == "run")


def test_a_version_of_a_saved_model_gets_its_page_outside_of_what_is_served(cli, session):
    served = session.model("saved_model")
    before = sorted(served.rglob("*"))
    done = cli("evaluate", served / "1", session.photos)
    assert done.out.splitlines()[-1] == f"wrote {served.parent}/photos-1.report.html"
    assert sorted(served.rglob("*")) == before


def test_the_page_goes_where_it_is_told_and_nowhere_if_it_is_not_wanted(cli, session, tmp_path):
    model = session.model("tflite")
    done = cli("evaluate", model, session.photos, "--json", "--report", tmp_path / "deep" / "page.html")
    assert json.loads(done.out)["report"] == f"{tmp_path}/deep/page.html"
    assert (tmp_path / "deep" / "page.html").read_text().startswith("<!doctype html>")
    page = model.with_name("photos.tflite.report.html")
    page.unlink(missing_ok=True)
    assert "wrote" not in cli("evaluate", model, session.photos, "--no-report").out
    assert not page.exists()
    both = cli("evaluate", model, session.photos, "--no-report", "--report", "page.html")
    assert (both.code, both.err) == (
        2,
        "effnetv2: `--report` and `--no-report` exclude each other. Got: both, page.html.\n",
    )


def test_where_nothing_can_be_written_the_figures_are_still_told(cli, session, tmp_path):
    (tmp_path / "photos.tflite").write_bytes(session.model("tflite").read_bytes())
    (tmp_path / "photos.tflite.report.html").mkdir()  # whoever may write everywhere cannot write over a folder
    done = cli("evaluate", tmp_path / "photos.tflite", session.photos)
    assert done.code == 0
    assert re.search(r"num images +│ 9 ", done.out)
    assert done.out.splitlines()[-1] == (
        f"no page (Is a directory: {tmp_path}/photos.tflite.report.html); --report FILE puts it elsewhere"
    )


def test_several_views_are_measured_beside_the_plain_one(cli, session, tmp_path):
    words = ("evaluate", session.run, session.photos, "--tta", "flip,scales=0.9:1.1")
    figures = json.loads(cli(*words, "--json").out)
    assert figures["tta"]["views"] == "flip,scales=0.9:1.1"
    assert set(figures["tta"]) == {"views", "accuracy", "top5_accuracy", "ms_per_image"}
    assert figures["accuracy"] == json.loads(cli(*words[:3], "--json").out)["accuracy"]
    done = cli(*words, "--report", tmp_path / "page.html")
    assert "plain" in done.out
    assert "--tta flip,scales=0.9:1.1" in done.out
    [line] = [line for line in done.out.splitlines() if "│ accuracy " in line]
    assert line.count(str(figures["tta"]["accuracy"])) >= 1
    page = (tmp_path / "page.html").read_text()
    assert "with --tta flip,scales=0.9:1.1</li>" in page
    assert f"effnetv2 evaluate {session.run} {session.photos} --tta flip,scales=0.9:1.1" in page


def test_refuses_views_that_there_are_not_and_scales_of_an_artefact(cli, session):
    done = cli("evaluate", session.run, session.photos, "--tta", "flop")
    assert done.code == 2
    assert done.err.startswith("effnetv2: `--tta` must name each of flip, fivecrop and scales once, like ")
    done = cli("evaluate", session.model("tflite"), session.photos, "--tta", "scales=1.1")
    assert done.code == 2
    assert done.err.startswith("effnetv2: `scales` need a run, whose network takes images of any size. Got: ")
