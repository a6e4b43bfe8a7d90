import sys

import numpy as np
import pytest

from effnetv2_keras.inference.interpreter import make_interpreter


def test_runs_a_file_with_as_many_threads_as_asked_for(forms):
    content = forms["tflite"].read_bytes()
    image = np.full((1, 40, 40, 3), 100, np.uint8)
    one, two = [
        make_interpreter(content, num_threads=count).get_signature_runner()(image=image)["probabilities"]
        for count in (1, 2)
    ]
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_tensorflows_own_interpreter_answers_where_litert_is_not_installed(forms, monkeypatch):
    content = forms["tflite"].read_bytes()
    image = np.full((1, 40, 40, 3), 100, np.uint8)
    litert = make_interpreter(content)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    own = make_interpreter(content)
    assert type(own).__module__ != type(litert).__module__
    np.testing.assert_allclose(
        own.get_signature_runner()(image=image)["probabilities"],
        litert.get_signature_runner()(image=image)["probabilities"],
        atol=1e-6,
    )


def test_what_is_no_model_is_a_value_error():
    with pytest.raises(ValueError, match="not a valid Flatbuffer"):
        make_interpreter(b"nothing")
