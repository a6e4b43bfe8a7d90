import json

import pytest
from bare_lite import convert_flat

from effnetv2_keras.errors import DataError
from effnetv2_keras.export.lite_metadata import with_texts
from effnetv2_keras.inference.lite_summary import parity_lines, summarise

PLAIN = {"name": "plain", "num_images": 200, "agreement": 0.985, "mean_logit_error": 0.0561}
PARITY = {
    "precision": "int8",
    "sets": [
        {**PLAIN, "top1": 0.9, "keras_top1": 0.91},
        {"name": "shifted", "num_images": 200, "agreement": 0.87, "mean_logit_error": 0.385},
    ],
    "hybrid_blocks": ["stage4_block1"],
    "warning": "It loses 3 %.",
}


@pytest.fixture(scope="module")
def bare():
    return convert_flat()[0]


def test_parity_inside_the_file_is_found(bare, tmp_path):
    (tmp_path / "a.tflite").write_bytes(with_texts(bare, {"parity.json": json.dumps(PARITY)}))
    assert summarise(tmp_path / "a.tflite")["parity"] == PARITY


def test_parity_beside_the_file_counts_more_since_it_has_the_time(bare, tmp_path):
    (tmp_path / "a.tflite").write_bytes(with_texts(bare, {"parity.json": json.dumps(PARITY)}))
    (tmp_path / "a.parity.json").write_text(json.dumps({**PARITY, "latency_ratio": 0.42}))
    assert summarise(tmp_path / "a.tflite")["parity"]["latency_ratio"] == 0.42


def test_parity_reads_as_sentences():
    assert parity_lines({**PARITY, "latency_ratio": 0.42}) == [
        "plain: the best class of the Keras model on 98.5 % of 200 images, logits off by 0.0561 on average, "
        "top-1 90.0 % (Keras 91.0 %)",
        "shifted: the best class of the Keras model on 87.0 % of 200 images, logits off by 0.385 on average",
        "a call took 0.42 of the float32 file's time where it was exported",
        "computed as in a hybrid file: stage4_block1",
        "warning: It loses 3 %.",
    ]


def test_parity_that_is_damaged_is_named(bare, tmp_path):
    (tmp_path / "a.tflite").write_bytes(bare)
    (tmp_path / "a.parity.json").write_text("{")
    with pytest.raises(DataError, match=r"a\.parity\.json must be JSON"):
        summarise(tmp_path / "a.tflite")
