"""The script that trains with two workers, both here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_photos import write_photos

SCRIPT = Path(__file__).parents[2] / "examples" / "train_on_several_machines.sh"


@pytest.mark.slow
def test_two_workers_write_one_run(tiny_model_file, tmp_path):
    photos = write_photos(tmp_path / "photos", 6)
    where = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    words = ["--model", tiny_model_file, "--epochs", "1", "--batch-size", "4", "--image-size", "32"]
    done = subprocess.run(
        ["bash", SCRIPT, photos, tmp_path / "run", *words], env=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "run" / "history.csv").read_text().splitlines()) == 2
    assert (tmp_path / "run" / "best.weights.h5").is_file()
