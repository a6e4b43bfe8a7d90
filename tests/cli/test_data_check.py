import csv
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading

import pytest
from photo_corpus import CORPUS
from PIL import Image


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Works in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_a_sound_folder_would_train(cli, photo_folder, at):
    done = cli("data", "check", photo_folder)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"{photo_folder}: 12 images (all 12), 0 of them cannot be trained on"
    assert lines[-4:] == [
        "training would run",
        "wrote data_check/photos/manifest.csv",
        "wrote data_check/photos/bad_files.csv",
        "wrote data_check/photos/report.html",
    ]
    assert sorted(path.name for path in (at / "data_check" / "photos").iterdir()) == [
        *("bad_files.csv", "manifest.csv", "report.html"),
    ]


def test_findings_are_named_and_training_still_would_run(cli, photo_folder, at):
    cut(photo_folder / "red" / "00.jpg")
    (photo_folder / "red" / "[bold].png").write_bytes(CORPUS["alpha.png"].data)
    (photo_folder / "red" / "notes.txt").touch()
    done = cli("data", "check", photo_folder, "--out", at / "out")
    assert (done.code, done.err) == (0, "")
    assert "damaged" in done.out
    assert "red/[bold].png" in done.out
    assert f"  {photo_folder}/red/00.jpg: cannot be decoded: truncated or damaged" in done.out
    assert "ignored 1 other files (.txt 1)" in done.out
    with (at / "out" / "bad_files.csv").open(newline="") as text:
        assert [row["location"] for row in csv.DictReader(text)] == [f"{photo_folder}/red/00.jpg"]


def test_json_is_one_object_and_nothing_else(cli, photo_folder, at):
    shutil.copy(photo_folder / "red" / "00.jpg", photo_folder / "blue" / "copy.jpg")
    (photo_folder / "red" / "extraneous.jpg").write_bytes(CORPUS["extraneous.jpg"].data)
    done = cli("data", "check", photo_folder, "--strict", "--near", "--json", "--out", at / "out")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["would_train"] is True
    assert told["classes"] == {"all": {"blue": 5, "green": 4, "red": 5}}
    assert told["findings"] == {"complaint": [f"{photo_folder}/red/extraneous.jpg"]}
    assert "extraneous bytes" in told["complaints"][f"{photo_folder}/red/extraneous.jpg"]
    assert told["duplicates"] == [
        {
            "first": f"{photo_folder}/blue/copy.jpg",
            "second": f"{photo_folder}/red/00.jpg",
            "splits": ["all", "all"],
            "crosses_splits": False,
            "two_labels": True,
            "bits": None,
        }
    ]
    assert told["files"] == [f"{at}/out/{name}" for name in ("manifest.csv", "bad_files.csv", "report.html")]


def test_too_much_damage_ends_with_the_exit_code_of_bad_data(cli, photo_folder, at):
    for path in sorted(photo_folder.rglob("*.jpg"))[:10]:
        cut(path)
    done = cli("data", "check", photo_folder, "--json")
    assert done.code == 3
    told = json.loads(done.out)
    assert told["would_train"] is False
    assert told["num_bad"] == 10
    assert (at / "data_check" / "photos" / "report.html").is_file()
    assert cli("data", "check", photo_folder, "--max-bad-fraction", "0.9").code == 3  # no photo of two classes is left


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("gone",), 3, "No such directory: gone."),
        (("photos", "--max-bad-fraction", "2"), 2, "`max_bad_fraction` must be between 0 and 1. Got: 2.0."),
    ],
)
def test_bad_input(cli, photo_folder, at, words, code, sentence):
    done = cli("data", "check", *words)
    assert (done.code, done.err) == (code, f"effnetv2: {sentence}\n")
    assert not (at / "data_check").exists()


def test_bad_input_a_table_of_somebody_else(cli, photo_folder, at):
    (at / "out").mkdir()
    (at / "out" / "manifest.csv").write_text("name,price\n")
    done = cli("data", "check", photo_folder, "--out", at / "out")
    assert done.code == 2
    assert (at / "out" / "manifest.csv").read_text() == "name,price\n"


def test_a_missing_library_is_named(cli, photo_folder, at, monkeypatch):
    for option, library, extra in (("--strict", "simplejpeg", "strict"), ("--near", "imagehash", "dedup")):
        monkeypatch.setitem(sys.modules, library, None)
        done = cli("data", "check", photo_folder, option)
        assert done.code == 2
        assert f"`{option}` needs {library}: pip install 'effnetv2_keras[{extra}]'." in done.err


def until_the_end(terminal):
    """Yields what is shown until nobody has the terminal open any more."""
    try:
        while part := os.read(terminal, 10_000):
            yield part
    except OSError:
        return


def test_interrupted_it_leaves_nothing(photo_folder, at):
    Image.effect_noise((3000, 3000), 60).save(at / "large.png")
    for number in range(600):  # a minute of decoding
        os.link(at / "large.png", photo_folder / "red" / f"large_{number}.png")
    command = [sys.executable, "-m", "effnetv2_keras.cli.main", "data", "check", str(photo_folder)]
    watcher, terminal = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal) as run:
        shown, parts = b"", []
        while b"looking at images" not in shown:
            shown += os.read(watcher, 1000)
        run.send_signal(signal.SIGINT)
        os.close(terminal)
        reader = threading.Thread(target=lambda: parts.extend(until_the_end(watcher)))
        reader.start()
        out, _ = run.communicate(timeout=180)
        reader.join(10)
    os.close(watcher)
    shown += b"".join(parts)
    assert (run.returncode, out) == (130, b"")
    assert shown.replace(b"\r", b"").endswith(b"Stopped. Nothing was written.\n")
    assert not (at / "data_check").exists()
