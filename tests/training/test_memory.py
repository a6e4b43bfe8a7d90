import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "memory_growth.py"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="reads memory as Linux tells it")
def test_training_on_the_same_data_does_not_grow(tmp_path):
    words = ["--epochs", "20", "--results", tmp_path, "--picture", tmp_path / "curve.png"]
    subprocess.run([sys.executable, BENCHMARK, *map(str, words)], check=True, capture_output=True)
    (file,) = tmp_path.glob("memory_growth-*.json")
    found = json.loads(file.read_text())
    assert len(found["resident_mb"]) == 20
    assert found["epochs_counted"] == 8
    assert found["gained_mb"] < 48
    assert (tmp_path / "curve.png").stat().st_size > 1000
