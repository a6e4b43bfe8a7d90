"""Requests that are merged, with a real model behind."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.serving.batcher import Batcher
from effnetv2_keras.serving.batching import Batching
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.servable import LoadedVersion

SLOW = 200_000  # millionths of a second that the first request waits


@pytest.fixture
def loaded(half_plus):
    version = LoadedVersion("half_plus_two", 123, half_plus / "half_plus_two" / "123", threads=1)
    yield version
    version.close()


@pytest.fixture
def merged(loaded):
    """Makes a batcher and tells the sizes of its batches."""
    made = []

    def make(**settings):
        sizes = []
        batcher = Batcher(loaded, Batching(**{"num_batch_threads": 1, **settings}), sizes.append)
        made.append(batcher)
        return batcher, sizes

    yield make
    for batcher in made:
        batcher.close()


def ask_all(batcher, values):
    """Asks for each value in a thread of its own; returns answers and refusals in order."""

    def ask(value):
        try:
            return batcher.run("serving_default", {"x": np.array(value, np.float32)})["y"].tolist()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(values)) as threads:
        return list(threads.map(ask, values))


def test_requests_that_wait_become_one_batch_and_get_their_own_rows(merged):
    batcher, sizes = merged(max_batch_size=8, batch_timeout_micros=SLOW)
    assert ask_all(batcher, [[1.0], [2.0, 4.0], [10.0]]) == [[2.5], [3.0, 4.0], [7.0]]
    assert sizes == [4]


def test_a_full_batch_does_not_wait(merged):
    batcher, sizes = merged(max_batch_size=3, batch_timeout_micros=60_000_000)
    assert ask_all(batcher, [[1.0], [2.0], [4.0]]) == [[2.5], [3.0], [4.0]]
    assert sizes == [3]


def test_a_batch_is_filled_up_to_a_size_that_the_model_was_warmed_up_with(loaded, merged):
    seen = []
    run = loaded.run

    def watch(signature, inputs):
        seen.append(inputs["x"].tolist())
        return run(signature, inputs)

    loaded.run = watch
    batcher, _ = merged(max_batch_size=4, batch_timeout_micros=0, allowed_batch_sizes=(2, 4))
    assert ask_all(batcher, [[1.0, 2.0, 4.0]]) == [[2.5, 3.0, 4.0]]
    assert seen == [[1.0, 2.0, 4.0, 1.0]]


def test_requests_of_other_shapes_are_not_merged(merged):
    batcher, sizes = merged(max_batch_size=8, batch_timeout_micros=SLOW)
    assert ask_all(batcher, [[1.0], [[2.0, 4.0]], [10.0]]) == [[2.5], [[3.0, 4.0]], [7.0]]
    assert sorted(sizes) == [1, 2]


def test_a_request_without_rows_or_larger_than_a_batch_is_run_by_itself(merged):
    batcher, sizes = merged(max_batch_size=2, batch_timeout_micros=SLOW)
    assert ask_all(batcher, [1.0, [1.0, 2.0, 4.0]]) == [2.5, [2.5, 3.0, 4.0]]
    assert sizes == []


def test_more_than_may_wait_is_refused_at_once(loaded, merged):
    go_on = threading.Event()
    run = loaded.run
    loaded.run = lambda *words: go_on.wait(30) and run(*words)
    batcher, _ = merged(max_batch_size=2, batch_timeout_micros=0, max_enqueued_batches=1)
    with ThreadPoolExecutor(4) as threads:
        taken = [threads.submit(batcher.run, "serving_default", {"x": np.ones(1, np.float32)})]
        while batcher._waiting or not taken[0].running():
            pass
        taken += [threads.submit(batcher.run, "serving_default", {"x": np.ones(1, np.float32)}) for _ in range(2)]
        while len(batcher._waiting) < 2:
            pass
        with pytest.raises(Refusal, match="queue to which this task was submitted is full") as error:
            batcher.run("serving_default", {"x": np.ones(1, np.float32)})
        assert error.value.http == 503
        go_on.set()
        assert [one.result()["y"].tolist() for one in taken] == [[2.5]] * 3


def test_what_waits_is_answered_before_the_model_goes(loaded):
    batcher = Batcher(loaded, Batching(max_batch_size=8, batch_timeout_micros=60_000_000, num_batch_threads=1))
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(batcher.run, "serving_default", {"x": np.ones(1, np.float32)})
        while not batcher._collecting.locked() or batcher._waiting:
            pass
        batcher.close()
        assert waiting.result(30)["y"].tolist() == [2.5]
    with pytest.raises(Refusal, match="is being unloaded"):
        batcher.run("serving_default", {"x": np.ones(1, np.float32)})


def test_a_bad_image_in_a_batch_fails_alone(photo_server, photo_file):
    from effnetv2_keras.serving.client import Client, Served

    good, bad = photo_file, b"\xff\xd8\xff no jpeg"

    def ask(file):
        with Client(f"http://127.0.0.1:{photo_server.rest_port}", Served("photos")) as client:
            try:
                return len(client.classify([file]))
            except Refusal as refusal:
                return refusal.code

    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            assert list(threads.map(ask, [good, bad, good, good])) == [1, "INVALID_ARGUMENT", 1, 1]
    text = photo_server.metrics.text()
    assert ':processed_batch_size_count{model_name="photos"}' in text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_batch_size": 0}, "`max_batch_size` must be at least 1. Got: 0"),
        ({"batch_timeout_micros": -1}, "`batch_timeout_micros` must be at least 0. Got: -1"),
        ({"max_batch_size": 8, "allowed_batch_sizes": (1, 4)}, "must rise and end in `max_batch_size`, 8"),
        ({"max_batch_size": 4, "allowed_batch_sizes": (4, 4)}, "must rise"),
    ],
)
def test_settings_that_break_a_rule_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        Batching(**settings)
