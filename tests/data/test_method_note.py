import re
from pathlib import Path

import tensorflow as tf
from small_photos import write_photos

NOTE = (Path(__file__).parents[2] / "docs" / "methods" / "input_pipeline.md").read_text()


def test_the_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_photos(tmp_path / "photos", 10)
    (code,) = re.findall(r"```python\n(.*?)```", NOTE, re.DOTALL)
    found = {}
    exec(compile(code, "input_pipeline.md", "exec"), found)
    assert found["validation"].element_spec[0] == tf.TensorSpec((None, 224, 224, 3), tf.uint8)
    assert found["train"].cardinality().numpy() == 1
