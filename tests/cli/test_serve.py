"""`effnetv2 serve` and `effnetv2 client`, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SMOKE = Path(__file__).parents[2] / "export" / "smoke.py"
MAIN = ["-m", "effnetv2_keras.cli.main"]


@pytest.fixture(scope="module")
def served(session, tmp_path_factory):
    """A server, started with TF Serving's own flags, and its two ports; stopped by SIGTERM."""
    folder = tmp_path_factory.mktemp("serve")
    batching = folder / "batching.txt"
    batching.write_text("max_batch_size { value: 8 } allowed_batch_sizes: 1 allowed_batch_sizes: 8")
    monitoring = folder / "monitoring.txt"
    monitoring.write_text('prometheus_config { enable: true path: "/metrics" }')
    words = [f"--model_base_path={session.run}/export/photos", "--model_name=photos", "--rest_api_port=0", "--port=0"]
    words += ["--enable_batching=true", f"--batching_parameters_file={batching}"]
    words += [f"--monitoring_config_file={monitoring}", "--enable_model_warmup=false"]
    process = subprocess.Popen(
        [sys.executable, *MAIN, "serve", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    rest = process.stdout.readline()
    grpc = process.stdout.readline()
    if not grpc:
        raise AssertionError(process.stderr.read())
    yield rest.split("a page at ")[1].strip().rstrip("/"), grpc.removeprefix("gRPC at ").strip()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "stopping\n"), err
    assert err.splitlines()[0].endswith("photos/1 is served")
    assert err.splitlines()[-1].endswith("photos/1 is unloaded")


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_the_client_says_what_predict_says(cli, session, served, scheme):
    photo = next(session.photos.rglob("*.[jp]*g"))
    url = served[0] if scheme == "http" else f"grpc://{served[1]}"
    asked = cli("client", url, photo, "--model", "photos", "--top", 2, "--json")
    assert asked.code == 0, asked.err
    known = cli("predict", f"{session.run}/export/photos", photo, "--top", 2, "--json")
    got, expected = json.loads(asked.out), json.loads(known.out)
    assert [one["label"] for one in got["predictions"]] == [one["label"] for one in expected["predictions"]]
    scores = [one["score"] for one in expected["predictions"]]
    assert [one["score"] for one in got["predictions"]] == pytest.approx(scores, abs=1e-5)


def test_the_kits_smoke_test_passes(python, session, served):
    photo = next(session.photos.rglob("*.[jp]*g"))
    done = python(SMOKE, served[0], "photos", photo)
    assert done.code == 0, done.out + done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Name either a model's folder or a file of models"),
        (("--model-base-path", "x", "--batching-parameters-file", "y"), "needs `--enable-batching`"),
        (("--model-base-path", "x", "--model-config-file-poll-wait-seconds", 1), "needs `--model-config-file`"),
        (("--model-base-path", "x", "--rest-api-port", 99999), "`rest_api_port` must be between 0 and 65535"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(cli, words, message):
    done = cli("serve", *words)
    assert done.code == 2
    assert message in done.err


def test_a_file_of_models_that_is_none_is_refused_in_tf_servings_words(cli, tmp_path):
    (tmp_path / "models.config").write_text("nonsense")
    done = cli("serve", "--model_config_file", tmp_path / "models.config", "--rest_api_port", 0, "--port", 0)
    assert done.code == 2
    assert "Error parsing text-format tensorflow.serving.ModelServerConfig" in done.err


def test_a_folder_without_a_version_ends_with_a_sentence(cli, tmp_path):
    done = cli("serve", "--model_base_path", tmp_path, "--rest_api_port", 0, "--port", 0)
    assert done.code == 3
    assert f"{tmp_path} must hold a folder a version" in done.err


def test_an_address_that_is_none_is_refused(cli, session):
    photo = next(session.photos.rglob("*.[jp]*g"))
    done = cli("client", "localhost:8501", photo)
    assert done.code == 2
    assert "must begin with http://, https:// or grpc://" in done.err
