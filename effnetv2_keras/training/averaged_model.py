"""A model that trains its weights and is judged by their moving average."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import keras
from keras import ops

from effnetv2_keras.training.ema import Ema
from effnetv2_keras.training.held_state import keeping_state, on_state, write_back
from effnetv2_keras.training.replicated_model import ReplicatedModel

# what each function of the JAX trainer is handed, in order
HELD = {
    "train_function": ("trainable", "non_trainable", "optimizer", "metrics"),
    "test_function": ("trainable", "non_trainable", "metrics"),
    "predict_function": ("trainable", "non_trainable"),
}


class AveragedModel(ReplicatedModel):
    """Keeps a moving average of its weights, where one is asked for, and puts it in their place to be judged.

    `evaluate` (validation inside `fit` too), `predict` and everything saved see the average; training and direct calls
    see the raw weights, which always come back.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ema: Ema | None = None
        self.ema_variables: list[keras.Variable] = []  # tracked here, and nowhere else

    def average(self, weights: Sequence[keras.Variable], decay: float, has_warmup: bool) -> None:
        """Begins to average `weights`, or stops averaging where `decay` is 0.

        Args:
            weights: of the network.
            decay: share of the average that an update keeps, in [0, 1).
            has_warmup: see `Ema`.

        Raises:
            UsageError: if `decay` is out of its range.
        """
        self.ema = Ema(weights, decay, has_warmup) if decay else None
        self.ema_variables.clear()
        self.ema_variables.extend([] if self.ema is None else self.ema.variables)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Puts the average into the network for the length of a `with`, if there is one."""
        write_back(self)
        with self.ema.in_place() if self.ema is not None else nullcontext():
            try:
                yield
            finally:
                write_back(self)

    def fit(self, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        """Trains as `keras.Model.fit` does."""
        if self.ema is not None and not self.ema.has_begun:
            self.ema.begin()  # from weights that may have been loaded since `compile`
        return super().fit(*args, **kwargs)

    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        """Measures as `keras.Model.evaluate` does, with the average of the weights if there is one."""
        self.agree()
        with self.averaged():
            return super().evaluate(*args, **kwargs)

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        """Predicts as `keras.Model.predict` does, with the average of the weights if there is one."""
        with self.averaged():
            return super().predict(*args, **kwargs)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Writes the whole model, with the average of the weights if there is one."""
        with self.averaged():
            super().save(*args, **kwargs)

    def train_step(self, *args: Any) -> Any:
        """Takes the stock step, then takes the new weights into the average."""
        if self.ema is None:
            return super().train_step(*args)
        if keras.backend.backend() != "jax":
            before = self._num_updates()
            logs = super().train_step(*args)
            self.ema.update(self._num_updates() > before)
            return logs
        ema, (state, data) = self.ema, args
        before, _ = on_state(self.optimizer.variables, state[2], self._num_updates)
        logs, (trainable, fixed, slots, metrics) = super().train_step(state, data)
        after, _ = on_state(self.optimizer.variables, slots, self._num_updates)
        variables = [*self.trainable_variables, *self.non_trainable_variables]
        _, values = on_state(variables, [*trainable, *fixed], lambda: ema.update(after > before))
        return logs, (trainable, values[len(trainable) :], slots, metrics)

    def _num_updates(self) -> Any:
        return ops.copy(ops.convert_to_tensor(self.optimizer.iterations))

    def make_train_function(self, force: bool = False) -> Any:
        """Makes the function that takes a step."""
        return self._make("train_function", super().make_train_function, force)

    def make_test_function(self, force: bool = False) -> Any:
        """Makes the function that measures a batch."""
        return self._make("test_function", super().make_test_function, force)

    def make_predict_function(self, force: bool = False) -> Any:
        """Makes the function that predicts a batch."""
        return self._make("predict_function", super().make_predict_function, force)

    def _make(self, name: str, make: Callable[[bool], Any], force: bool) -> Any:
        before = getattr(self, name)
        result = make(force)
        if keras.backend.backend() == "jax" and getattr(self, name) is not before:
            setattr(self, name, keeping_state(self, getattr(self, name), HELD[name]))
        return result
