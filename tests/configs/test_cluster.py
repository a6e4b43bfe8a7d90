import json

import pytest

from effnetv2_keras.configs.cluster import Cluster, find_cluster
from effnetv2_keras.errors import UsageError

TWO = Cluster(("10.0.0.1:9000", "10.0.0.2:9000"), 1)


def test_workers_are_written_out():
    assert find_cluster("10.0.0.1:9000, 10.0.0.2:9000", 1, {}) == TWO
    assert not TWO.is_chief
    assert len(TWO) == 2
    assert Cluster(TWO.workers, 0).is_chief


def test_the_environment_says_them_as_tensorflow_has_it():
    config = {"cluster": {"worker": list(TWO.workers)}, "task": {"type": "worker", "index": 1}}
    assert find_cluster(None, None, {"TF_CONFIG": json.dumps(config)}) == TWO
    chief = {"cluster": {"chief": ["a:1"], "worker": ["b:1", "c:1"]}, "task": {"type": "worker", "index": 1}}
    assert find_cluster(None, None, {"TF_CONFIG": json.dumps(chief)}) == Cluster(("a:1", "b:1", "c:1"), 2)
    chief["task"] = {"type": "chief", "index": 0}
    assert find_cluster(None, None, {"TF_CONFIG": json.dumps(chief)}) == Cluster(("a:1", "b:1", "c:1"), 0)


def test_one_worker_is_no_cluster():
    alone = {"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}
    assert find_cluster(None, None, {"TF_CONFIG": json.dumps(alone)}) is None
    assert find_cluster(None, None, {"TF_CONFIG": " "}) is None
    assert find_cluster(None, None, {}) is None


def test_slurm_is_asked_later():
    assert find_cluster("slurm", None, {}) == "slurm"


@pytest.mark.parametrize(
    ("workers", "index", "message"),
    [
        ("a:1,b:1", None, "`worker_index` must be given with `workers`"),
        (None, 1, "`workers` must be given with `worker_index`"),
        ("a:1,b:1", 2, "`worker_index` must be from 0 to 1. Got: 2"),
        ("a:1", 0, "must be at least 2; one trains without. Got: 1"),
        ("a:1,a:1", 0, "must each listen elsewhere. Got: a:1, a:1"),
        ("a,b:1", 0, "must be HOST:PORT, with commas between. Got: 'a'"),
        ("a:70000,b:1", 0, "must be HOST:PORT, with commas between. Got: 'a:70000'"),
    ],
)
def test_what_is_not_complete_is_refused(workers, index, message):
    with pytest.raises(UsageError, match=message):
        find_cluster(workers, index, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "TF_CONFIG must be JSON with `cluster` and `task`. Got: JSONDecodeError"),
        ('{"cluster": {}}', "Got: KeyError: 'task'"),
        ('{"cluster": {"worker": ["a:1", "b:1"], "ps": ["c:1"]}, "task": {"type": "ps", "index": 0}}', "Got: ps"),
    ],
)
def test_a_tf_config_of_something_else_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        find_cluster(None, None, {"TF_CONFIG": text})
