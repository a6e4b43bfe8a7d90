import hashlib
import shutil

import pytest

from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.model_files import locate_model, model_sha256


def test_it_says_what_each_form_is_and_where(forms):
    assert {kind: locate_model(path) for kind, path in forms.items()} == {
        kind: (kind, path) for kind, path in forms.items()
    }
    assert locate_model(forms["saved_model"].parent) == ("saved_model", forms["saved_model"])


def test_a_tflite_file_has_its_own_hash(forms):
    assert model_sha256(forms["tflite"]) == hashlib.sha256(forms["tflite"].read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("kind", "file"), [("run", "labels.txt"), ("run", "best.weights.h5"), ("saved_model", "assets/labels.txt")]
)
def test_a_copy_has_the_same_hash_until_a_file_of_it_changes(forms, tmp_path, kind, file):
    copy = shutil.copytree(forms[kind], tmp_path / "copy")
    assert model_sha256(copy) == model_sha256(forms[kind])
    with (copy / file).open("ab") as changed:
        changed.write(b"x")
    assert model_sha256(copy) != model_sha256(forms[kind])


def test_what_a_run_keeps_beside_its_model_does_not_count(forms, tmp_path):
    copy = shutil.copytree(forms["run"], tmp_path / "copy")
    (copy / "report.html").write_text("later")
    assert model_sha256(copy) == model_sha256(forms["run"])


def test_refuses_what_is_no_model(tmp_path):
    with pytest.raises(DataError, match="must be a run directory, a SavedModel folder or a .tflite file. Got none"):
        model_sha256(tmp_path)
