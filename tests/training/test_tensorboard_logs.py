import sys
from types import SimpleNamespace

import pytest

from effnetv2_keras.training.event_file import EventFile
from effnetv2_keras.training.tensorboard_logs import TensorBoardLogs


def row(epoch, loss, size):
    return {"epoch": float(epoch), "loss": loss, "val_loss": loss + 1, "val_accuracy": 0.5, "image_size": float(size)}


def read(folder):
    """Reads what TensorBoard would draw: (step, value) pairs by tag."""
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    seen = EventAccumulator(str(folder)).Reload()
    tags = seen.Tags()["tensors"]
    assert {seen.SummaryMetadata(tag).plugin_data.plugin_name for tag in tags} == {"scalars"}
    return {tag: [(one.step, float(make_ndarray(one.tensor_proto))) for one in seen.Tensors(tag)] for tag in tags}


@pytest.fixture
def recorder():
    return SimpleNamespace(rows=[])


def train(recorder, folder, rows):
    logs = TensorBoardLogs(recorder, folder)
    logs.on_train_begin()
    for one in rows:
        recorder.rows.append(one)
        logs.on_epoch_end(int(one["epoch"]) - 1)
    return logs


def test_tensorboard_draws_training_and_validation_in_one_chart_and_every_knob(recorder, tmp_path):
    train(recorder, tmp_path, [row(1, 2.0, 32), row(2, 1.5, 48)]).close()
    assert read(tmp_path / "train") == {
        "loss": [(1, 2.0), (2, 1.5)],
        "schedule/image_size": [(1, 32.0), (2, 48.0)],
    }
    assert read(tmp_path / "validation") == {"loss": [(1, 3.0), (2, 2.5)], "accuracy": [(1, 0.5), (2, 0.5)]}


def test_a_run_that_goes_on_has_no_step_twice(recorder, tmp_path):
    train(recorder, tmp_path, [row(1, 2.0, 32), row(2, 1.5, 48), row(3, 1.25, 64)])  # broken off, not closed
    recorder.rows = recorder.rows[:1]  # the checkpoint is of the first epoch's end
    logs = train(recorder, tmp_path, [row(2, 1.5, 48)])
    assert read(tmp_path / "train")["loss"] == [(1, 2.0), (2, 1.5)]
    assert len(list((tmp_path / "train").iterdir())) == 1
    logs.close()


def test_who_looks_on_while_a_run_goes_on_sees_no_step_twice(recorder, tmp_path):
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

    train(recorder, tmp_path, [row(1, 2.0, 32), row(2, 1.5, 48), row(3, 1.25, 64)]).close()
    seen = EventAccumulator(str(tmp_path / "train")).Reload()
    assert [one.step for one in seen.Tensors("loss")] == [1, 2, 3]
    recorder.rows = recorder.rows[:2]
    train(recorder, tmp_path, [row(3, 1.0, 64)]).close()
    assert [one.step for one in seen.Reload().Tensors("loss")] == [1, 2, 3]


def test_writing_needs_no_tensorboard(tmp_path, monkeypatch):
    with monkeypatch.context() as without:
        for name in ["tensorboard", *(name for name in sys.modules if name.startswith("tensorboard."))]:
            without.setitem(sys.modules, name, None)
        file = EventFile(tmp_path)
        file.write(3, {"loss": 0.5})
        file.close()
    assert read(tmp_path) == {"loss": [(3, 0.5)]}
