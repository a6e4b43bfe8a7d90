"""A model that trains on several machines where Keras alone does not."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.training.replicas import is_multi_worker, num_replicas, worker_of


class ReplicatedModel(keras.Model):
    """Goes around two faults of `fit` under MultiWorkerMirroredStrategy (keras#20585) where `is_mended` is set.

    Elsewhere it is `keras.Model`.
    """

    is_mended = False

    def fit(self, x: Any = None, y: Any = None, **kwargs: Any) -> keras.callbacks.History:
        """Trains as `keras.Model.fit` does; on several machines on datasets of this worker's part of every batch.

        Raises:
            UsageError: on several machines, if the data are no `tf.data.Dataset` or Keras fails in another way than the
                known one.
        """
        if worker_of(self)[1] == 1:
            return super().fit(x, y, **kwargs)
        from effnetv2_keras.training.multi_worker import shared

        mend(self)
        x = shared(self.distribute_strategy, x, kwargs.pop("class_weight", None))
        if kwargs.get("validation_data") is not None:
            kwargs["validation_data"] = shared(self.distribute_strategy, kwargs["validation_data"])
        history = super().fit(x, **kwargs)
        self.agree()
        return history

    def evaluate(self, x: Any = None, y: Any = None, **kwargs: Any) -> Any:
        """Measures as `keras.Model.evaluate` does; on several machines each measures its own part of the images.

        Raises:
            UsageError: on several machines, if Keras fails in another way than the known one.
        """
        if worker_of(self)[1] > 1 and hasattr(x, "element_spec") and hasattr(x, "map"):
            from effnetv2_keras.training.multi_worker import shared

            mend(self)
            x = shared(self.distribute_strategy, x)
        return super().evaluate(x, y, **kwargs)

    def agree(self) -> None:
        """Makes all workers hold the same statistics of batch normalisation, which training leaves to each."""
        if worker_of(self)[1] > 1:
            from effnetv2_keras.training.multi_worker import agree

            agree(self.distribute_strategy, self.non_trainable_variables)

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
        """Looks at what the first device has of the first batch.

        Keras takes a mean over the devices, which must then hold equally many images, and on several machines fails.
        """
        if iterator is not None and num_replicas(self) > 1:
            local = self.distribute_strategy.experimental_local_results
            for _, _, batches in iterator:
                data_batch = keras.tree.map_structure(lambda part: local(part)[0], next(batches))
                break
            iterator = None
        super()._maybe_symbolic_build(iterator=iterator, data_batch=data_batch)


class MendedSequential(ReplicatedModel, keras.Sequential):
    """A stack of layers that trains on several machines."""

    is_mended = True


def mend(model: ReplicatedModel) -> None:
    """Makes `model` train on the machines of its strategy; a Keras that can by itself is left alone.

    Raises:
        UsageError: if Keras fails in another way than the known one.
    """
    strategy = model.distribute_strategy
    if not is_multi_worker(strategy) or model.is_mended:
        return
    from effnetv2_keras.training.multi_worker import check_mended, needs_mending

    if needs_mending(strategy):
        check_mended(strategy, MendedSequential)
        model.is_mended = True
