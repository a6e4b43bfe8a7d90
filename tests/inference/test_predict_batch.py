import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.inference.answer import photos_of_files
from effnetv2_keras.inference.predict_batch import COLUMNS, PredictBatch
from effnetv2_keras.inference.predictor import load_predictor

KINDS = ("run", "saved_model", "tflite")


def rows(columns):
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_it_answers_as_the_predictor_does(forms, mixed_files, kind):
    found = rows(PredictBatch(forms[kind], top=2)({"path": [str(path) for path in mixed_files]}))
    expected = load_predictor(forms[kind]).answer(list(photos_of_files(mixed_files)), 2)
    assert len(found) == 9
    for row, answer in zip(found, expected, strict=True):
        assert list(row) == ["path", "label", "score", "labels", "scores", "error"]
        assert (row["path"], row["labels"], row["error"]) == (answer.path, list(answer.labels), answer.error)
        assert row["scores"] == pytest.approx(answer.scores, abs=1e-6)
        assert row["scores"] == [round(score, 6) for score in row["scores"]]
        assert (row["label"], row["score"]) == ((row["labels"] or [None])[0], (row["scores"] or [None])[0])


def test_bytes_that_came_along_are_taken_and_nothing_is_read(forms, mixed_files):
    predict = PredictBatch(forms["tflite"])
    read = predict({"path": [str(mixed_files[0]), str(mixed_files[6])]})
    contents = [mixed_files[0].read_bytes(), mixed_files[6].read_bytes()]
    given = predict({"path": np.array(["s3://bucket/1.jpg", "s3://bucket/7.jpg"]), "bytes": contents})
    assert given["path"] == ["s3://bucket/1.jpg", "s3://bucket/7.jpg"]
    assert given["error"] == [None, "empty file"]
    assert {**given, "path": None} == {**read, "path": None}


def test_the_columns_are_there_where_there_are_no_rows(forms):
    assert PredictBatch(forms["tflite"])({"path": []}) == {name: [] for name in COLUMNS}


def test_batches_of_any_size_reach_the_network_in_its_own(forms, mixed_files):
    paths = [str(path) for path in mixed_files] * 3
    one, three = (PredictBatch(forms["run"], batch_size=size)({"path": paths}) for size in (1, 32))
    assert one["labels"] == three["labels"]
    assert [row or [0] for row in one["scores"]] == [
        pytest.approx(row, abs=2e-6) for row in (row or [0] for row in three["scores"])
    ]


def test_a_name_that_is_no_text_is_made_readable(forms, tmp_path):
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")
    assert PredictBatch(forms["tflite"])({"path": [name]})["path"] == [f"{tmp_path}/caf\\xe9.jpg"]


def test_it_is_pickled_small_and_loads_where_it_is_called(forms, mixed_files, tmp_path):
    here = PredictBatch(str(forms["tflite"]), top=2, threads=1)
    pickled = pickle.dumps(here)
    assert len(pickled) < 400 + len(str(forms["tflite"]))
    (tmp_path / "callable").write_bytes(pickled)
    code = (
        "import pickle, sys; from pathlib import Path; predict = pickle.loads(Path(sys.argv[1]).read_bytes());"
        "print('tensorflow' in sys.modules); print(predict({'path': [sys.argv[2]]}));"
        "import tensorflow as tf; print(tf.config.threading.get_intra_op_parallelism_threads())"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "callable"), str(mixed_files[0])]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False", str(here({"path": [str(mixed_files[0])]})), "1"]


@pytest.mark.parametrize("name", ["top", "batch_size", "threads"])
def test_refuses_numbers_below_one(name):
    with pytest.raises(UsageError, match=rf"^`{name}` must be at least 1. Got: 0.$"):
        PredictBatch("model", **{name: 0})


def test_a_model_that_is_not_there_is_said_at_the_first_call(tmp_path):
    predict = PredictBatch(tmp_path / "gone")
    with pytest.raises(DataError, match="No such file or directory"):
        predict({"path": ["a.jpg"]})
