"""A run that is killed and started again ends with the very files of one that was not."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyarrow import parquet

KINDS = ("run", "saved_model", "tflite")


@pytest.fixture(scope="module")
def photos(session, tmp_path_factory):
    """Nine photos and two files that are none."""
    folder = shutil.copytree(session.photos / "test", tmp_path_factory.mktemp("many") / "photos")
    (folder / "blue" / "01a.jpg").write_text("<html>")
    (folder / "red" / "0.png").touch()
    return folder


@pytest.fixture(scope="module")
def predicted(cli, session, photos):
    """What `effnetv2 predict --json` says of them, by the kind of the model."""

    def predicted(kind):
        done = cli("predict", session.model(kind), photos, "--top", 2, "--json")
        return [json.loads(line) for line in done.out.splitlines()]

    return predicted


def read_csv(folder):
    """The rows of all parts, as `predict --json` gives them."""
    rows = []
    for part in sorted(folder.glob("part-*.csv")):
        with part.open(encoding="utf-8", newline="") as file:
            rows += list(csv.DictReader(file))
    return [as_json(row | {name: json.loads(row[name]) for name in ("labels", "scores")}) for row in rows]


def as_json(row):
    if row["error"]:
        assert (row["label"], row["score"], row["labels"], row["scores"]) in (("", "", [], []), (None, None, [], []))
        return {"path": row["path"], "error": row["error"]}
    assert (row["label"], float(row["score"])) == (row["labels"][0], row["scores"][0])
    best = [{"label": label, "score": score} for label, score in zip(row["labels"], row["scores"], strict=True)]
    return {"path": row["path"], "predictions": best}


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.startswith(".")}


def assert_same_answers(found, expected):
    """Scores are rounded, so the last place may fall to either side where batches are others."""
    assert [row["path"] for row in found] == [row["path"] for row in expected]
    for row, wanted in zip(found, expected, strict=True):
        assert row.get("error") == wanted.get("error")
        assert [one["label"] for one in row.get("predictions", ())] == [
            one["label"] for one in wanted.get("predictions", ())
        ]
        for one, other in zip(row.get("predictions", ()), wanted.get("predictions", ()), strict=True):
            assert one["score"] == pytest.approx(other["score"], abs=2e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_csv_files_hold_what_predict_says(cli, session, photos, predicted, tmp_path, kind):
    words = ("--format", "csv", "--shard-size", 4, "--batch-size", 3, "--top", 2, "--workers", 1)
    done = cli("predict-many", session.model(kind), photos, tmp_path / "out", *words)
    assert (done.code, done.out) == (0, "wrote 11 rows in 3 files\n")
    assert done.err == f"2 of 11 images could not be read, named in {tmp_path}/out/_bad_files.csv\n"
    assert list(contents(tmp_path / "out")) == [
        "_bad_files.csv",
        "_manifest.json",
        "part-00000.csv",
        "part-00001.csv",
        "part-00002.csv",
    ]
    assert_same_answers(read_csv(tmp_path / "out"), predicted(kind))
    assert (tmp_path / "out" / "_bad_files.csv").read_text() == (
        f"location,reason\n{photos}/blue/01a.jpg,not an image: an HTML page\n{photos}/red/0.png,empty file\n"
    )


def test_a_folder_of_parquet_files_is_one_table(cli, session, photos, predicted, tmp_path):
    words = ("--shard-size", 4, "--top", 2, "--workers", 1)
    done = cli("predict-many", session.model("saved_model"), photos, tmp_path / "out", *words)
    assert (done.code, done.out) == (0, "wrote 11 rows in 3 files\n")
    table = parquet.read_table(tmp_path / "out")
    assert [f"{field.name}: {field.type}" for field in table.schema] == [
        "path: string",
        "label: string",
        "score: double",
        "labels: list<element: string>",
        "scores: list<element: double>",
        "error: string",
    ]
    assert_same_answers([as_json(row) for row in table.to_pylist()], predicted("saved_model"))


def test_in_several_processes_it_writes_the_same_bytes(cli, session, photos, tmp_path):
    words = ("--format", "csv", "--shard-size", 4, "--batch-size", 2, "--workers")
    for workers in (1, 2):
        done = cli("predict-many", session.model("tflite"), photos, tmp_path / str(workers), *words, workers)
        assert done.code == 0
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_what_is_finished_stays_and_what_is_missing_is_written(cli, session, photos, tmp_path):
    words = ("predict-many", session.model("tflite"), photos, tmp_path / "out")
    words += ("--shard-size", 4, "--workers", 1)
    cli(*words)
    whole = contents(tmp_path / "out")
    first, second, third = sorted((tmp_path / "out").glob("part-*"))
    before = first.stat().st_mtime_ns
    second.unlink()
    (tmp_path / "out" / "_bad_files.csv").unlink()
    left_behind = tmp_path / "out" / f".tmp-{2**22 + 1}-{third.name}"
    left_behind.write_bytes(b"half")
    done = cli(*words)
    assert (done.code, done.out) == (0, "wrote 11 rows in 3 files, 2 of them there already\n")
    assert contents(tmp_path / "out") == whole
    assert first.stat().st_mtime_ns == before
    assert not left_behind.exists()
    assert cli(*words).out == "wrote 11 rows in 3 files, 3 of them there already\n"


def test_another_command_is_refused_with_what_differs(cli, session, photos, tmp_path):
    words = ("predict-many", session.model("tflite"), photos, tmp_path / "out", "--workers", 1)
    cli(*words)
    before = contents(tmp_path / "out")
    begin = f"effnetv2: OUT must be a new folder or hold predictions of the same command. Got: {tmp_path}/out, "
    done = cli(*words, "--top", 2, "--shard-size", 5, "--format", "csv")
    differs = "which differs in --format: parquet -> csv; --shard-size: 10000 -> 5; --top: 5 -> 2.\n"
    assert (done.code, done.err) == (2, begin + differs)
    done = cli("predict-many", session.run, photos / "blue", tmp_path / "out", "--workers", 1)
    differs = (
        f"which differs in the model: path {session.model('tflite')} -> {session.run}; the images: count 11 -> 4.\n"
    )
    assert (done.code, done.err) == (2, begin + differs)
    assert contents(tmp_path / "out") == before


def test_another_model_under_the_same_path_is_refused(cli, session, photos, tmp_path):
    model = tmp_path / "photos.tflite"
    shutil.copy(session.model("tflite"), model)
    words = ("predict-many", model, photos, tmp_path / "out", "--workers", 1)
    cli(*words)
    with model.open("ab") as file:
        file.write(b"x")
    done = cli(*words)
    assert done.code == 2
    assert "which differs in the model: sha256 " in done.err


def test_batch_size_and_workers_may_change_on_the_way(cli, session, photos, tmp_path):
    words = ("predict-many", session.model("tflite"), photos, tmp_path / "out", "--workers", 1)
    cli(*words)
    assert cli(*words, "--batch-size", 1).code == 0


def test_a_folder_with_other_files_is_left_alone(cli, session, photos):
    before = sorted(photos.iterdir())
    done = cli("predict-many", session.model("tflite"), photos, photos, "--workers", 1)
    assert (done.code, done.err) == (
        2,
        f"effnetv2: OUT must be a new folder or one of predictions. Got: {photos}, which holds other files.\n",
    )
    assert sorted(photos.iterdir()) == before


def test_listed_files_that_are_not_there_are_rows_with_a_reason(cli, session, photos, tmp_path):
    (photos / "list.txt").write_text("red/00.jpg\ngone.jpg\nblue/00.jpg\n")
    words = ("--format", "csv", "--workers", 1)
    done = cli("predict-many", session.model("tflite"), photos / "list.txt", tmp_path / "out", *words)
    assert done.code == 0
    rows = read_csv(tmp_path / "out")
    assert [row["path"] for row in rows] == [f"{photos}/{name}" for name in ("red/00.jpg", "gone.jpg", "blue/00.jpg")]
    assert rows[1] == {"path": f"{photos}/gone.jpg", "error": "No such file or directory"}
    again = cli("predict-many", session.model("tflite"), tmp_path / "out" / "_bad_files.csv", tmp_path / "2", *words)
    assert again.code == 3  # the list of what could not be read is a list to try again


def test_nothing_readable_ends_with_exit_code_3(cli, session, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    done = cli("predict-many", session.model("tflite"), tmp_path / "photos", tmp_path / "out", "--workers", 1)
    assert done.code == 3
    assert done.err == (
        f"effnetv2: At least one image must be readable. Got: 1 of 1 are not, named in {tmp_path}/out/_bad_files.csv.\n"
    )


def test_a_part_that_was_cut_is_named(cli, session, photos, tmp_path):
    words = ("predict-many", session.model("tflite"), photos, tmp_path / "out", "--format", "csv", "--workers", 1)
    cli(*words)
    part = tmp_path / "out" / "part-00000.csv"
    part.write_text("".join(part.read_text().splitlines(keepends=True)[:-1]))
    done = cli(*words)
    assert (done.code, done.err) == (
        3,
        f"effnetv2: {part} must have 11 rows: remove it, and run again. Got: 10.\n",
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--format", "xml"), 2, "Unknown format: 'xml'. Known: parquet, csv."),
        (("--shard-size", 0), 2, "`--shard-size` must be at least 1. Got: 0."),
        (("--workers", 0), 2, "`--workers` must be at least 1. Got: 0."),
        (("--batch-size", 0), 2, "`--batch-size` must be at least 1. Got: 0."),
        (("--top", 0), 2, "`--top` must be at least 1. Got: 0."),
    ],
)
def test_refuses_options_before_anything_is_written(cli, session, photos, tmp_path, words, code, message):
    done = cli("predict-many", session.model("tflite"), photos, tmp_path / "out", *words)
    assert (done.code, done.err) == (code, f"effnetv2: {message}\n")
    assert not (tmp_path / "out").exists()


def test_without_pyarrow_csv_works_and_parquet_says_what_to_install(cli, session, photos, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    words = ("predict-many", session.model("tflite"), photos, tmp_path / "out", "--workers", 1)
    done = cli(*words)
    assert (done.code, done.err) == (
        2,
        "effnetv2: Parquet files need a library that is not installed (pyarrow): "
        "pip install 'effnetv2_keras[parquet]'.\n",
    )
    assert not (tmp_path / "out").exists()
    assert cli(*words, "--format", "csv").out == "wrote 11 rows in 1 file\n"


def test_killed_it_leaves_whole_files_and_goes_on_to_the_same_bytes(cli, session, photos, tmp_path):
    (tmp_path / "list.txt").write_text("".join(f"{path}\n" for path in sorted(photos.rglob("*.*g"))) * 40)
    words = ("predict-many", session.model("saved_model"), tmp_path / "list.txt")
    options = ("--format", "csv", "--shard-size", 40, "--batch-size", 8)
    assert cli(*words, tmp_path / "whole", *options, "--workers", 1).code == 0
    command = [sys.executable, "-m", "effnetv2_keras.cli.main", *map(str, (*words, tmp_path / "killed", *options))]
    killed = subprocess.Popen([*command, "--workers", "2"], start_new_session=True)
    out = tmp_path / "killed"
    deadline = time.monotonic() + 120
    while len(list(out.glob("part-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    left = contents(out)
    assert 2 <= len([name for name in left if name.startswith("part-")]) < 11
    assert "_bad_files.csv" not in left
    whole = contents(tmp_path / "whole")
    assert left == {name: whole[name] for name in left}
    done = cli(*words, out, *options, "--workers", 1)
    assert done.code == 0
    assert contents(out) == whole
    assert not list(out.glob(".tmp-*"))


@pytest.mark.slow
def test_a_worker_that_is_killed_ends_it_with_exit_code_5_and_the_same_command_goes_on(cli, session, photos, tmp_path):
    (tmp_path / "list.txt").write_text("".join(f"{path}\n" for path in sorted(photos.rglob("*.*g"))) * 40)
    words = ("predict-many", session.model("saved_model"), tmp_path / "list.txt", tmp_path / "out")
    words += ("--format", "csv", "--shard-size", 40, "--batch-size", 8)
    command = [sys.executable, "-m", "effnetv2_keras.cli.main", *map(str, words), "--workers", "2"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "out").glob("part-*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)
    assert running.communicate()[1] == (
        "effnetv2: Worker processes must live until they are done. Got: one that was killed, for lack of memory most "
        "likely. The same command goes on; fewer --workers need less.\n"
    )
    assert running.returncode == 5
    assert cli(*words, "--workers", 1).out.startswith("wrote 440 rows in 11 files, ")
