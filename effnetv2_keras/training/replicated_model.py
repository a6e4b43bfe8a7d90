"""A model that trains on several machines where Keras alone does not."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.training.replicas import is_multi_worker


class ReplicatedModel(keras.Model):
    """Goes around two faults of `fit` under MultiWorkerMirroredStrategy (keras#20585) where `is_mended` is set.

    Elsewhere it is `keras.Model`.
    """

    is_mended = False

    def train_step(self, *args: Any) -> Any:
        """Takes the stock step."""
        return self._rows_of_one(super().train_step(*args))

    def test_step(self, *args: Any) -> Any:
        """Takes the stock step of measuring."""
        return self._rows_of_one(super().test_step(*args))

    def _rows_of_one(self, logs: Any) -> Any:
        """Gives scalars an axis: Keras takes the mean over the workers along the first one."""
        return {name: ops.reshape(value, (1,)) for name, value in logs.items()} if self.is_mended else logs

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Looks at this worker's first batch; Keras would take the mean over all workers of what is no tensor."""
        if self.is_mended and iterator is not None:
            for _, _, batches in iterator:
                local = self.distribute_strategy.experimental_local_results
                data_batch = keras.tree.map_structure(lambda part: local(part)[0], next(batches))
                break
            iterator = None
        super()._maybe_symbolic_build(iterator=iterator, data_batch=data_batch)


class MendedSequential(ReplicatedModel, keras.Sequential):
    """A stack of layers that trains on several machines."""

    is_mended = True


def mend(model: ReplicatedModel) -> None:
    """Makes `model` train on the machines of its strategy; a Keras that can by itself is left alone."""
    strategy = model.distribute_strategy
    if not is_multi_worker(strategy) or model.is_mended:
        return
    from effnetv2_keras.training.multi_worker import check_mended, needs_mending

    if needs_mending(strategy):
        check_mended(strategy, MendedSequential)
        model.is_mended = True
