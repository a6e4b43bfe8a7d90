"""Everything of a run that changes between two epochs, in one object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras

from effnetv2_keras.configs.phase import check_regularisation
from effnetv2_keras.configs.schedule import REGULARISATION, Phase
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.adjustable_dropout import AdjustableDropout
from effnetv2_keras.layers.knob import Knob
from effnetv2_keras.layers.stochastic_depth import StochasticDepth

AUGMENTATIONS = ("randaugment", "mixup", "cutmix")


@dataclass(frozen=True, slots=True)
class Feed:
    """What the dataset that reads a run's knobs says of itself.

    Args:
        num_images: that an epoch shows a worker, before the last batch is filled up.
        batch_sizes: that it can give; the first, unless `Knobs.batch_size` asks for another.
    """

    num_images: int
    batch_sizes: tuple[int, ...]

    def size_at(self, batch_size: int | None) -> int:
        """Returns the images a batch where `batch_size` is asked for.

        Raises:
            UsageError: if it is not among those that the dataset can give.
        """
        size = self.batch_sizes[0] if batch_size is None or len(self.batch_sizes) == 1 else batch_size
        if size not in self.batch_sizes:
            sizes = ", ".join(map(str, self.batch_sizes))
            raise UsageError(f"`batch_size` must be one that make_dataset was given, {sizes}. Got: {size}.")
        return size

    def steps_at(self, batch_size: int | None) -> int:
        """Returns the batches an epoch where `batch_size` is asked for.

        Raises:
            UsageError: if it is not among those that the dataset can give.
        """
        return -(-self.num_images // self.size_at(batch_size))


class Knobs:
    """Holds image size, regularisation and the place in the data order of one run.

    The compiled step reads the regularisation from variables. `make_dataset(..., knobs=...)` reads `image_size`,
    `epoch` and `start_step` when an iteration starts; these three are plain numbers.

    Args:
        network: the model whose `AdjustableDropout` and `StochasticDepth` layers are turned.
        image_size: px, until a phase sets it; None leaves it to the dataset.
        seed: of the data order and the augmentation.
    """

    def __init__(self, network: keras.Model, *, image_size: int | None = None, seed: int = 0) -> None:
        layers = network._flatten_layers()
        self.image_size = image_size
        self.epoch = 0
        self.start_step = 0
        self.worker, self.num_workers = 0, 1  # which share of every step is shown here
        self.seed = int(seed)
        self.batch_size: int | None = None  # images a step, where a schedule sets it
        self.rate_scale: Knob | None = None  # there once the optimizer reads it; the optimizer tracks it
        self.feed: Feed | None = None
        self.augmentation = {name: Knob(name, 0.0) for name in AUGMENTATIONS}
        self._readers: dict[str, list[Knob]] = {name: [knob] for name, knob in self.augmentation.items()}
        self._readers["dropout"] = []
        self._readers["drop_path"] = []
        for layer in layers:
            if isinstance(layer, AdjustableDropout):
                self._readers["dropout"].append(layer.knob)
            elif isinstance(layer, StochasticDepth):
                self._readers["drop_path"].append(layer.knob)

    @property
    def variables(self) -> list[keras.Variable]:
        """The variables behind the knobs; whoever compiles a step tracks them."""
        return [knob.variable for knobs in self._readers.values() for knob in knobs]

    def is_read(self, name: str) -> bool:
        """Tells whether turning the regularisation `name` would change anything."""
        return bool(self._readers[name])

    def assign(self, phase: Phase) -> None:
        """Turns every knob that `phase` sets.

        Raises:
            UsageError: as `turn`.
        """
        self.image_size = phase.image_size
        for name in REGULARISATION:
            value = getattr(phase, name)
            if value is not None:
                self.turn(name, value)
        self.batch_size = phase.batch_size
        if self.rate_scale is not None:
            self.rate_scale.assign(1.0 if phase.learning_rate_scale is None else phase.learning_rate_scale)

    def turn(self, name: str, value: float) -> None:
        """Turns one regularisation.

        Args:
            name: "randaugment", "mixup", "cutmix", "dropout" or "drop_path".
            value: in the range that `Phase` says.

        Raises:
            UsageError: if `value` is outside its range, or nothing in the run reads it and it is not 0, which is off.
        """
        check_regularisation(name, value)
        if value and not self.is_read(name):
            raise UsageError(f"`{name}` is to be set to {value:g}, but no layer of this network reads it.")
        for knob in self._readers[name]:
            knob.assign(value)

    def values(self) -> dict[str, float]:
        """Returns what each knob stands at, by name; those that nothing reads are left out."""
        stands = {name: knobs[0].value for name, knobs in self._readers.items() if knobs}
        if self.rate_scale is not None:
            stands["learning_rate_scale"] = self.rate_scale.value
        sizes = {"image_size": self.image_size, "batch_size": self.batch_size}
        return {**{name: float(size) for name, size in sizes.items() if size}, **stands}

    def keeping(self) -> Callable[[], None]:
        """Returns a function that puts the data-side knobs back to where they stand now."""
        kept = (self.image_size, self.epoch, self.start_step, self.batch_size)

        def put_back() -> None:
            self.image_size, self.epoch, self.start_step, self.batch_size = kept

        return put_back
