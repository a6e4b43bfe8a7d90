import tensorflow as tf
from pages import DOCS, run_page
from small_photos import write_photos

PAGE = DOCS / "methods" / "input_pipeline.md"


def test_the_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_photos(tmp_path / "photos", 10)
    found = run_page(PAGE)
    assert found["validation"].element_spec[0] == tf.TensorSpec((None, 224, 224, 3), tf.uint8)
    assert found["train"].cardinality().numpy() == 1
