import json

import pytest
import tensorflow as tf
from bare_lite import convert_flat


@pytest.fixture
def inspected(cli):
    """Inspects a file; returns what `--json` says."""

    def inspected(path):
        done = cli("inspect", path, "--json")
        assert (done.code, done.err) == (0, "")
        return json.loads(done.out)

    return inspected


def test_an_export_is_described(inspected, session):
    path = session.model("tflite")
    found = inspected(path)
    assert found["bytes"] == path.stat().st_size
    assert found["inputs"] == ["image: uint8 1 x 48 x 48 x 3"]
    assert found["outputs"] == ["probabilities: float32 1 x 3"]
    assert found["classes"] == "3: blue, green, red"
    assert found["preprocessing"] == "photos"
    assert found["operations"]["CONV_2D"] == 12
    assert found["needs"] == "nothing but the operations that are built in"
    assert found["GPU_delegate"] == [
        "leaves the first step, CAST from uint8, to the CPU; export with --input float32 to avoid that"
    ]


def test_the_table_shows_the_same(cli, session):
    done = cli("inspect", session.model("tflite"))
    assert done.code == 0
    for text in ("CONV_2D 12", "image: uint8 1 x 48 x 48 x 3", "3: blue, green, red", "built in"):
        assert text in done.out


def test_a_bare_file_is_described_too(inspected, tmp_path):
    (tmp_path / "bare.tflite").write_bytes(convert_flat()[0])
    found = inspected(tmp_path / "bare.tflite")
    assert found["classes"] == "no labels: MediaPipe answers with numbers"
    assert found["preprocessing"] == "not known"
    assert not {"name", "description", "parity"} & set(found)


def test_what_keeps_a_file_from_running_is_said(inspected, tmp_path):
    inverse = tf.function(tf.linalg.inv, input_signature=[tf.TensorSpec([None, 3, 3], tf.float32, name="image")])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([inverse.get_concrete_function()])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    (tmp_path / "flex.tflite").write_bytes(converter.convert())
    found = inspected(tmp_path / "flex.tflite")
    assert found["inputs"] == ["image: float32 ? x 3 x 3"]
    assert found["needs"][0] == "FlexMatrixInverse, which is not built in"
    assert "shapes may change" in found["needs"][1]
    assert found["GPU_delegate"][0] == "leaves FlexMatrixInverse to the CPU: it does not know it"
    assert found["GPU_delegate"][1].startswith("refuses shapes that may change: ")


def test_mistakes_are_one_sentence(cli, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 JFIF")
    for words, sentence in (
        (("inspect", tmp_path / "gone.tflite"), f"No such file: {tmp_path}/gone.tflite."),
        (("inspect", tmp_path / "photo.jpg"), f"{tmp_path}/photo.jpg: A TFLite file must have TFL3 at its fifth byte"),
    ):
        done = cli(*words)
        assert done.code == 3
        assert done.err.startswith(f"effnetv2: {sentence}")
