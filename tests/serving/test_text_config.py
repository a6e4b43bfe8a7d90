"""The kit's own files, and files that are none."""

from pathlib import Path

import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.serving.batching import Batching
from effnetv2_keras.serving.model_source import VersionPolicy
from effnetv2_keras.serving.models_config import read_models_config
from effnetv2_keras.serving.text_config import read_batching, read_metrics_path

KIT = Path(__file__).parents[2] / "export"


def written(tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text)
    return path


def test_the_kits_files_are_read():
    assert read_batching(KIT / "batching_parameters.txt") == Batching(
        max_batch_size=32,
        batch_timeout_micros=1000,
        max_enqueued_batches=100,
        num_batch_threads=4,
        allowed_batch_sizes=(1, 8, 32),
    )
    assert read_metrics_path(KIT / "monitoring.config") == "/monitoring/prometheus/metrics"
    [model] = read_models_config(KIT / "models.config")
    assert (model.name, model.base_path) == ("effnetv2", Path("/models/effnetv2"))
    assert (model.policy.specific, model.labels) == ((1, 2), {"stable": 1, "canary": 2})


def test_what_a_file_leaves_out_is_as_in_tf_serving(tmp_path):
    path = written(tmp_path, "")
    assert (read_batching(path).max_batch_size, read_batching(path).batch_timeout_micros) == (1000, 0)
    assert read_metrics_path(path) is None
    assert read_models_config(path) == []


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", VersionPolicy(latest=1)),
        ("model_version_policy { latest { num_versions: 3 } }", VersionPolicy(latest=3)),
        ("model_version_policy { all {} }", VersionPolicy(is_all=True)),
    ],
)
def test_policies_are_read(tmp_path, text, policy):
    [model] = read_models_config(
        written(tmp_path, f'model_config_list {{ config {{ name: "m" base_path: "/m" {text} }} }}')
    )
    assert model.policy == policy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('model_config_list { config { name: "m" } }', "must have a `name` and a `base_path`. Got: 'm', ''"),
        (
            'model_config_list { config { name: "m" base_path: "/m" model_platform: "x" } }',
            "must be tensorflow. Got: x",
        ),
        (
            'model_config_list { config { name: "m" base_path: "/m" } config { name: "m" base_path: "/n" } }',
            "Got twice: m",
        ),
        (
            'model_config_list { config { name: "m" base_path: "/m" model_version_policy { specific {} } } }',
            "at least one version",
        ),
        ("nonsense", "Error parsing text-format tensorflow.serving.ModelServerConfig"),
    ],
)
def test_a_file_of_models_that_breaks_a_rule_is_refused(tmp_path, text, message):
    with pytest.raises(UsageError, match=message):
        read_models_config(written(tmp_path, text))


@pytest.mark.parametrize("read", [read_batching, read_metrics_path, read_models_config])
def test_a_file_that_is_not_there_is_said(tmp_path, read):
    with pytest.raises(UsageError, match="must be readable"):
        read(tmp_path / "none")


def test_a_batching_file_that_breaks_a_rule_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"tensorflow.serving.BatchingParameters.*no field named"):
        read_batching(written(tmp_path, "max_size { value: 3 }"))
