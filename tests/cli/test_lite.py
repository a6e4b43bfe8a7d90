import json
import subprocess
import sys

import numpy as np
import pytest

from effnetv2_keras.inference.pixels import read_pixels


@pytest.fixture(scope="module")
def file(session):
    return session.model("tflite")


def test_says_labels_latency_and_memory(cli, session, file):
    done = cli("lite", session.run, "--on", session.photos / "test", "--calls", 5)
    assert (done.code, done.err) == (0, "")
    *answers, latency, memory = done.out.splitlines()
    assert len(answers) == 9
    assert all(line.split(": ")[1].split()[0] in ("blue", "green", "red") for line in answers)
    assert latency.startswith("latency  median ")
    assert ", 5 calls, 1 thread, LiteRT 2." in latency
    assert memory.startswith(f"memory   file {file.stat().st_size / 1e6:.2f} MB; ")


def test_scores_are_those_of_the_runtime_asked_directly(cli, session, file):
    from ai_edge_litert.interpreter import Interpreter

    photo = next((session.photos / "test" / "red").iterdir())
    done = cli("lite", file, "--on", photo, "--top", 3, "--threads", 2, "--calls", 4, "--json")
    found = json.loads(done.out)
    score = Interpreter(str(file)).get_signature_runner()
    side = int(score.get_input_details()["image"]["shape"][1])
    [row] = score(image=read_pixels(photo.read_bytes(), side)[None])["probabilities"]
    [answer] = found["answers"]
    names = ("blue", "green", "red")
    assert answer["path"] == str(photo)
    assert [name for name, _ in answer["predictions"]] == [names[i] for i in np.argsort(-row)]
    np.testing.assert_allclose([value for _, value in answer["predictions"]], sorted(row, reverse=True), atol=1e-6)
    assert (found["threads"], found["calls"], found["model"]) == (2, 4, str(file))
    assert 0 < found["latency_ms"]["low"] <= found["latency_ms"]["median"] <= found["latency_ms"]["high"]


def test_a_photo_that_cannot_be_read_is_named_and_the_others_are_answered(cli, session, file, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"")
    good = next((session.photos / "test" / "red").iterdir())
    done = cli("lite", file, "--on", tmp_path / "bad.jpg", "--on", good, "--calls", 1)
    assert done.code == 0
    assert f"{tmp_path}/bad.jpg: empty file" in done.out
    assert f"{good}: " in done.out


def test_loads_no_tensorflow(session, file):
    photo = next((session.photos / "test" / "red").iterdir())
    code = (
        "import sys; from effnetv2_keras.cli.main import main\n"
        f"try: main(['lite', {str(file)!r}, '--on', {str(photo)!r}, '--calls', '1'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_mistakes_are_one_sentence(cli, session, file, tmp_path):
    photos = session.photos / "test"
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "no.tflite").write_bytes(b"no such thing")
    # fmt: off
    cases = (
        (("lite", file, "--on", photos, "--threads", 0),     2, "`--threads` must be at least 1. Got: 0."),
        (("lite", tmp_path / "gone", "--on", photos),        3, f"No such file or directory: {tmp_path}/gone."),
        (("lite", tmp_path, "--on", photos),                 3, f"{tmp_path} must be a .tflite file or a run with one"),
        (("lite", file, "--on", tmp_path / "empty.jpg"),     3, "At least one image must be readable. Got: none of 1"),
        (("lite", tmp_path / "no.tflite", "--on", photos),   3, "A TFLite file must have TFL3 at its fifth byte."),
    )
    # fmt: on
    for words, code, sentence in cases:
        done = cli(*words)
        assert done.code == code
        assert done.err.startswith(f"effnetv2: {sentence}")
        assert done.err.count("\n") == 1


def test_a_run_with_several_files_asks_which(cli, session, file, tmp_path):
    run = tmp_path / "run"
    (run / "export").mkdir(parents=True)
    for name in ("a.tflite", "b.tflite"):
        (run / "export" / name).write_bytes(file.read_bytes())
    done = cli("lite", run, "--on", session.photos / "test")
    assert done.code == 3
    assert f"name one. Got: {run}/export/a.tflite, {run}/export/b.tflite." in done.err
