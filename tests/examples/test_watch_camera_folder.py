"""The camera script as a process of its own: half-written photos, a crash, a photo that stays broken, a stop."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_photos import write_photos

from effnetv2_keras.export.tflite import export_tflite

SCRIPT = Path(__file__).parents[2] / "examples" / "watch_camera_folder.py"
WAIT = 60  # s


@pytest.fixture
def watch(tiny_classifier, tmp_path):
    """Starts the script on `camera/`; what is still running in the end is killed."""
    model = export_tflite(
        tiny_classifier, tmp_path / "x.tflite", labels=("blue", "green", "red"), image_size=40, precision="float32"
    ).path
    (tmp_path / "camera").mkdir()
    started = []

    def start():
        words = [model, tmp_path / "camera", tmp_path / "answers.jsonl", "--every", "0.1", "--patience", "600"]
        process = subprocess.Popen([sys.executable, SCRIPT, *words], stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process, process.stdout.readline()

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_each_photo_is_answered_once(watch, tmp_path):
    photos = sorted(write_photos(tmp_path / "photos", 2).rglob("*.jpg"))
    camera, answers = tmp_path / "camera", tmp_path / "answers.jsonl"

    def rows(count):
        end = time.monotonic() + WAIT
        while not answers.exists() or answers.read_text().count("\n") < count:
            assert time.monotonic() < end, answers.read_text() if answers.exists() else "no answers"
            time.sleep(0.02)
        return [json.loads(line) for line in answers.read_text().splitlines()]

    process, said = watch()
    assert said.endswith("0 photos answered before\n")
    data = photos[0].read_bytes()
    half = camera / "first.jpg"
    half.write_bytes(data[: len(data) // 2])
    (camera / "second.jpg").write_bytes(photos[1].read_bytes())
    (camera / "notes.txt").write_text("no photo")
    assert [row["file"] for row in rows(1)] == ["second.jpg"]
    half.write_bytes(data)
    first = rows(2)[1]
    assert first["file"] == "first.jpg"
    assert first["bytes"] == len(data)
    assert first["label"] in ("blue", "green", "red")
    assert 0 < first["score"] <= 1

    process.kill()
    process.wait()
    with answers.open("a") as lines:
        lines.write('{"file": "third.jpg", "byt')  # as a crash in the middle of a line leaves it
    (camera / "broken.jpg").write_bytes(data[:100])
    os.utime(camera / "broken.jpg", (0, 0))  # nobody writes it any more
    (camera / "third.jpg").write_bytes(photos[2].read_bytes())
    process, said = watch()
    assert said.endswith("2 photos answered before\n")
    third, broken = sorted(rows(4)[2:], key=lambda row: "error" in row)
    assert (third["file"], broken["file"]) == ("third.jpg", "broken.jpg")
    assert "label" not in broken
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=WAIT) == 0
    assert len(rows(4)) == 4
