"""Epochs in which the classifier learns alone, before the network below it moves."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import keras

from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.freeze import classifier_index
from effnetv2_keras.training.held_state import write_back
from effnetv2_keras.training.released_rules import ReleasedRules


class HeadFirst(keras.callbacks.Callback):
    """Holds everything below the classifier in the first epochs, and lets go of it in the same `fit`.

    What is held has no gradients, and its batch normalisation uses the running statistics and keeps them. The optimizer
    is built for all weights from the start, so a checkpoint looks the same in either state, and which state an epoch
    has follows from its number alone: a run that goes on needs nothing else. The step is traced once a state.

    Args:
        classifier: whose network is held.
        head_epochs: how many epochs, counted from the first of the run.
    """

    def __init__(self, classifier: Any, head_epochs: int) -> None:
        super().__init__()
        self.classifier = classifier
        self.head_epochs = head_epochs
        self.before: list[tuple[Any, bool]] = []  # layers and weights, and whether each learnt before it was held

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Holds or lets go, as the epoch says."""
        if epoch < self.head_epochs:
            self.hold()
        else:
            self.release()

    def hold(self) -> None:
        """Freezes everything below the classifier, if that is not done yet."""
        if self.before:
            return
        self._build_optimizer()
        write_back(self.classifier)
        network = self.classifier.network
        # a layer comes before those inside it and before the weights, all of which it sets along
        held = [*network._flatten_layers(include_self=False), *network.weights]
        self.before = [(one, one.trainable) for one in held]
        for layer in network.layers[: classifier_index(network)]:
            layer.trainable = False
        self._retrace()

    def release(self) -> None:
        """Gives every layer back what it had; one that was frozen before stays frozen."""
        if not self.before:
            return
        write_back(self.classifier)
        for one, could_learn in self.before:
            one.trainable = could_learn
        self.before = []
        self._retrace()

    def _build_optimizer(self) -> None:
        """Gives the optimizer slots for all weights that will learn, not only for the classifier's."""
        model = self.classifier
        if not model.optimizer.built:
            with model.distribute_scope() if hasattr(model, "distribute_scope") else nullcontext():
                model.optimizer.build(model.trainable_variables)

    def _retrace(self) -> None:
        model: Any = self.classifier
        optimizer: Any = model.optimizer
        model.train_function = None
        model.make_train_function()
        if isinstance(optimizer, ReleasedRules):
            slots = optimizer._trainable_variables  # type: ignore[attr-defined]
            places = {id(variable): place for place, variable in enumerate(slots)}
            learning = tuple(places[id(variable)] for variable in model.trainable_variables)
            optimizer.learning = learning if self.before else None


def check_head_first(classifier: Any, head_epochs: int, epochs: int) -> None:
    """Refuses a run whose classifier cannot learn alone first.

    Raises:
        UsageError: if there is no classifier apart, nothing else would ever learn, or Keras cannot hold weights.
    """
    network, optimizer = classifier.network, classifier.optimizer
    if not 0 < classifier_index(network) < len(network.layers):
        raise UsageError(f"`head_epochs` needs a network with a Dense layer at its end. Got: {network.name}.")
    if head_epochs >= epochs:
        raise UsageError(
            f"`head_epochs` must be below the epochs of the training, {epochs}; freeze(network) trains the classifier "
            f"alone. Got: {head_epochs}."
        )
    if getattr(optimizer, "use_ema", False):
        raise UsageError("`head_epochs` needs `ema_decay` in place of the optimizer's `use_ema`. Got: use_ema=True.")
    if keras.backend.backend() == "jax" and not isinstance(optimizer, ReleasedRules):
        raise UsageError(
            f"`head_epochs` on JAX needs an optimizer of make_optimizer(OptimizerSpec(...), learning_rate). "
            f"Got: {type(optimizer).__name__} of Keras."
        )
