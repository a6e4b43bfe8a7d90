"""A network in training: augmentation on the device, labels as rows, and the knobs of the run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from effnetv2_keras.augment.compiling import CompileChoice
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.configs.tuning import TuningSpec
from effnetv2_keras.layers.knob import Knob
from effnetv2_keras.layers.knobs import Knobs
from effnetv2_keras.models.head import head_of
from effnetv2_keras.training.adjustable import with_adjustable_dropout
from effnetv2_keras.training.augmenting import Augmenter, CompileByPhase, can_choose, choose_by_phase
from effnetv2_keras.training.averaged_model import AveragedModel
from effnetv2_keras.training.built_ahead import build_ahead
from effnetv2_keras.training.checks import check_parts, check_schedule
from effnetv2_keras.training.data_checks import check_data
from effnetv2_keras.training.empty_batch import answered_when_empty
from effnetv2_keras.training.head_first import HeadFirst, check_head_first
from effnetv2_keras.training.held_state import on_state
from effnetv2_keras.training.layer_rates import set_layer_rates
from effnetv2_keras.training.loss import check_metrics, loss_for
from effnetv2_keras.training.optimizers import by_name, check_optimizer
from effnetv2_keras.training.place import Place
from effnetv2_keras.training.progressive import ProgressiveCallback
from effnetv2_keras.training.rate_scale import scale_rate
from effnetv2_keras.training.replicas import num_replicas, shared_statistics, worker_of
from effnetv2_keras.training.weight_decay import L2


@keras.saving.register_keras_serializable("effnetv2_keras")
class Classifier(AveragedModel):
    """Trains any Keras image classifier, `network`, with augmentation inside the compiled step.

    Images are (B, H, W, 3) pixels in [0, 255], labels class numbers (B,) or rows (B, K). Weight files and exports are
    the network's: `clf.save_weights(path)` loads into the plain network, and back.

    Args:
        network: maps pixels to (B, K) logits, softmax or sigmoid. Stock `Dropout` layers in it become adjustable.
        augmentation: what does not change in a run, such as horizontal flips; None trains on the images as they are.
        preprocess: maps pixels in [0, 255] to what `network` expects, for networks without that layer inside.
        image_size: px, until a schedule or `make_dataset` sets it.
        seed: of the data order and every draw of the augmentation.
        parts: in which a batch is divided to be augmented, each part with draws of its own; a multiple of the number
            of devices. A run may then go on with other devices and draw the same. 0 is one a device.

    Raises:
        UsageError: if `network` gives anything else than logits, a softmax or a sigmoid (B, K).
    """

    def __init__(
        self,
        network: keras.Model,
        *,
        augmentation: Augmentation | None = Augmentation(),  # noqa: B008  frozen
        preprocess: Callable[[keras.KerasTensor], keras.KerasTensor] | None = None,
        image_size: int | None = None,
        seed: int = 0,
        parts: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"autocast": False, **kwargs})  # half precision is the network's: pixels stay whole
        self.head = head_of(network)
        self.network = with_adjustable_dropout(network)
        self.augmentation = augmentation
        self.preprocess = preprocess
        self.num_classes = int(network.output_shape[-1])
        self.knobs = Knobs(self.network, image_size=image_size, seed=seed)
        self.knobs.worker, self.knobs.num_workers = worker_of(self)
        self.parts = parts
        self.augmenter = None if augmentation is None else Augmenter(augmentation, self.knobs, parts)
        self.knob_variables = self.knobs.variables  # tracked here, and nowhere else
        if self.augmenter is not None:
            self.knob_variables.append(self.augmenter.is_compiled.variable)
        self.step = _counter("step")  # batches trained on: `optimizer.iterations` skips under gradient accumulation
        self.side = _counter("side")  # px, height of the last training batch
        self.batch_loss = Knob("batch_loss", 0.0).variable  # of the last training batch alone
        self.eval_size: int | None = None  # px, what validation saw last
        self.l2: L2 | None = None
        self.own_compile_config: dict[str, Any] = {}
        self.head_epochs = 0
        self.built = True

    def call(self, images: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Maps images (B, H, W, 3) in [0, 255] to the network's (B, K) output."""
        if self.preprocess is not None:
            images = self.preprocess(ops.cast(images, "float32"))
        return answered_when_empty(lambda images: self.network(images, training=training), images)

    def compile(
        self,
        optimizer: Any = "adamw",
        loss: Any = None,
        metrics: Any = ("accuracy",),
        *,
        ema_decay: float = 0.0,
        ema_warmup: bool = True,
        l2: L2 | float | None = None,
        layer_decay: float = 1.0,
        head_epochs: int = 0,
        **kwargs: Any,
    ) -> None:
        """Configures training; `loss` follows the head where it is None.

        Args:
            optimizer: a name or an optimizer, such as one of `make_optimizer`.
            loss: None for the head's own.
            metrics: those that take label rows.
            ema_decay: of the moving average of the weights that `evaluate`, `predict`, saving and export use in their
                place, in [0, 1), 0.9999 in both papers; 0 is no average.
            ema_warmup: whether early updates keep less of the average.
            l2: penalty in the loss, of all weights but biases and BatchNorm's; a number is its rate, at least 0.
            layer_decay: of the learning rate, from block to block below the classifier, in (0, 1], see `layer_rates`;
                below 1 it needs an optimizer of `make_optimizer`.
            head_epochs: in so many epochs at the start of a run the classifier learns alone, and batch normalisation
                below it keeps its statistics.
            **kwargs: of `keras.Model.compile`.

        Raises:
            UsageError: if the loss contradicts the head, a metric takes class numbers, a rate is out of its range, or
                the optimizer averages weights itself, accumulates gradients on several devices, or has no layer rates.
        """
        check_metrics(metrics)
        optimizer = by_name(optimizer)
        check_optimizer(optimizer, ema_decay, num_replicas(self))
        self.head_epochs = TuningSpec(head_epochs=head_epochs, layer_decay=layer_decay).head_epochs
        if layer_decay != 1.0:
            set_layer_rates(optimizer, self.network, layer_decay)
        super().compile(optimizer=optimizer, loss=loss_for(self.head, loss), metrics=list(metrics or ()), **kwargs)
        penalty = L2(l2 or 0.0) if l2 is None or isinstance(l2, (int, float)) else l2
        self.l2 = penalty if penalty.rate else None
        self.average([*self.network.weights, *getattr(self.preprocess, "weights", ())], ema_decay, ema_warmup)
        self.own_compile_config = {"ema_decay": ema_decay, "ema_warmup": ema_warmup, "l2": self.l2}

    def get_compile_config(self) -> dict[str, Any]:
        """Returns what compiles this classifier again; a `.keras` file keeps it."""
        config = super().get_compile_config()
        if not config:
            return {}
        self.optimizer.build(self.trainable_variables)  # before a step it has no slots, and a file without is refused
        return {**config, **keras.saving.serialize_keras_object(self.own_compile_config)}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as `get_compile_config` says, so that a loaded classifier trains on."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)  # for the file's slots

    def fit(self, x: Any = None, y: Any = None, **kwargs: Any) -> keras.callbacks.History:
        """Trains as `keras.Model.fit` does, after checks that cost a batch or two.

        Raises:
            UsageError: where a `ProgressiveCallback` and the data, the epochs or the network do not fit together, a
                batch cannot be shared out evenly, or the classifier cannot learn alone for `head_epochs`.
        """
        check_parts(self)
        callbacks = list(kwargs.pop("callbacks", None) or ())
        progressive = next((c for c in callbacks if isinstance(c, ProgressiveCallback)), None)
        if progressive is not None:
            check_schedule(self, progressive.schedule, epochs=kwargs.get("epochs", 1))
            check_data(self, progressive.schedule, x, steps_per_epoch=kwargs.get("steps_per_epoch"))
            callbacks += self._compiling(progressive)
            if "learning_rate_scale" in progressive.schedule.turned and scale_rate(self.optimizer, self.knobs):
                self.train_function = None  # traced without it
            # JAX and tf.distribute look at a batch before the first epoch begins
            self.knobs.assign(progressive.schedule.phase_at(kwargs.get("initial_epoch", 0)))
        self.eval_size = _static_side(kwargs.get("validation_data")) or self.eval_size
        if hasattr(x, "element_spec"):
            kwargs.setdefault("shuffle", False)  # Keras warns that it cannot shuffle a dataset, and shuffles none
        head_first = HeadFirst(self, self.head_epochs)
        if self.head_epochs:
            check_head_first(self, self.head_epochs, kwargs.get("epochs", 1))
            callbacks = [head_first, *callbacks]
        callbacks = [Place(self.knobs), *callbacks]
        build_ahead(self)
        try:
            with shared_statistics(self):
                return super().fit(x, y, callbacks=callbacks, **kwargs)
        finally:
            head_first.release()

    def train_step(self, *args: Any) -> Any:
        """Augments the batch on the device, then takes the stock step."""
        if keras.backend.backend() != "jax":
            return super().train_step(self._augment(args[0]))
        (trainable, fixed, slots, metrics), data = args
        data, fixed = on_state(self.non_trainable_variables, fixed, lambda: self._augment(data))
        return super().train_step((trainable, fixed, slots, metrics), data)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Computes the loss on label rows; Keras also calls this on batches that `train_step` has not seen."""
        loss = super().compute_loss(x, self._rows(y), y_pred, sample_weight, training)
        loss = ops.where(ops.shape(y_pred)[0] > 0, loss, 0.0)  # a batch may be empty where all its files are damaged
        if self.l2 is not None:
            loss = loss + self._aggregate_additional_loss(self.l2(self.trainable_variables))
        if training:
            self.batch_loss.assign(ops.cast(loss, "float32"))
        return loss

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Updates the metrics with label rows."""
        return super().compute_metrics(x, self._rows(y), y_pred, sample_weight)

    def compile_choices(self, schedule: Schedule) -> list[CompileChoice]:
        """Weighs, phase by phase, whether the augmentation is worth compiling; empty where there is no choice."""
        is_augmented = any(name in self.knobs.augmentation for name in schedule.regularised)
        if self.augmenter is None or not is_augmented or not can_choose(self):
            return []
        return choose_by_phase(self.knobs, schedule)

    def count_params(self) -> int:
        """Returns the network's number of parameters."""
        return self.network.count_params()

    def summary(self, *args: Any, **kwargs: Any) -> None:
        """Prints the network's summary."""
        self.network.summary(*args, **kwargs)

    def save_weights(self, filepath: str | os.PathLike, overwrite: bool = True, **kwargs: Any) -> None:
        """Writes the network's weights, or their moving average; a file that loads into the plain network too."""
        with self.averaged():
            self.network.save_weights(filepath, overwrite=overwrite, **kwargs)

    def load_weights(self, filepath: str | os.PathLike, **kwargs: Any) -> None:
        """Reads weights of this classifier or of its plain network; a moving average begins anew with them."""
        self.network.load_weights(filepath, **kwargs)
        if self.ema is not None:
            self.ema.begin()

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Keeps knobs and counters out of saved files."""

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Reads nothing: knobs and counters start anew."""

    def get_config(self) -> dict[str, Any]:
        """Returns what builds this classifier again; `preprocess` must be a registered object to be saved."""
        return {
            "network": keras.saving.serialize_keras_object(self.network),
            "preprocess": keras.saving.serialize_keras_object(self.preprocess),
            "augmentation": None if self.augmentation is None else self.augmentation.get_config(),
            "image_size": self.knobs.image_size,
            "seed": self.knobs.seed,
            "parts": self.parts,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Classifier:
        """Builds a classifier from `get_config`."""
        network = keras.saving.deserialize_keras_object(config.pop("network"))
        preprocess = keras.saving.deserialize_keras_object(config.pop("preprocess"))
        settings = config.pop("augmentation")
        augmentation = None if settings is None else Augmentation.from_config(settings)
        return cls(network, preprocess=preprocess, augmentation=augmentation, **config)

    def _augment(self, data: Any) -> Any:
        images, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        labels = self._rows(labels)
        self.side.assign(ops.shape(images)[1])
        if self.augmenter is not None:
            images, labels = self.augmenter(images, labels, ops.copy(ops.convert_to_tensor(self.step)))
        self.step.assign(self.step + 1)
        return keras.utils.pack_x_y_sample_weight(images, labels, weights)

    def _compiling(self, progressive: ProgressiveCallback) -> list[keras.callbacks.Callback]:
        """Plans which phases compile their augmentation, where the step around it is not compiled."""
        choices = self.compile_choices(progressive.schedule)
        if self.augmenter is None or not choices:
            return []
        if self.augmenter.plan(choices):
            self.train_function = None  # traced with other paths
        return [CompileByPhase(self.augmenter, progressive.schedule, choices, progressive.verbose)]

    def _rows(self, labels: Any) -> Any:
        if labels is None:
            return None
        if len(labels.shape) == 2 and labels.shape[-1] == self.num_classes:
            return ops.cast(labels, "float32")
        return ops.one_hot(ops.cast(ops.reshape(labels, (-1,)), "int32"), self.num_classes, dtype="float32")


def _counter(name: str) -> keras.Variable:
    return keras.Variable(0, trainable=False, dtype="int32", name=name, aggregation="only_first_replica")


def _static_side(data: Any) -> int | None:
    spec = getattr(data, "element_spec", None)
    images = spec[0] if isinstance(spec, tuple) else (data[0] if isinstance(data, tuple) else None)
    shape = getattr(images, "shape", None)
    return None if shape is None or len(shape) != 4 or shape[1] is None else int(shape[1])
