"""The settings of a training run, as the command line and `settings.yaml` hold them: a recipe and what changes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from effnetv2_keras.configs.interval import parse_interval
from effnetv2_keras.configs.plain import to_plain
from effnetv2_keras.configs.precision import PRECISIONS
from effnetv2_keras.configs.ramp import parse_progressive, parse_ramp
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.recipe_files import change_recipe, flat, override, put, resolve_recipe
from effnetv2_keras.configs.rules import SMALLEST_IMAGE, check_choice
from effnetv2_keras.configs.schedule import REGULARISATION
from effnetv2_keras.errors import UsageError, unknown_name

#  option of `train`   setting of the recipe
PLACES = {
    "epochs": "schedule.epochs",
    "batch_size": "batch_size",
    "weights": "weights",
    **{name: f"schedule.{name}" for name in REGULARISATION},
    "preprocessing": "crop.family",
    "crop_area": "crop.area",
    "flip": "augmentation.flip",
    "learning_rate": "learning_rate.base",
    "weight_decay": "optimizer.weight_decay",
    "label_smoothing": "label_smoothing",
}
FOLDED = (*PLACES, "recipe", "overrides", "model", "progressive", "image_size")  # the recipe has them in it
RAMPS = (*REGULARISATION, "crop_area")
# what is learnt does not depend on them
NEUTRAL = ("cache", "max_bad_fraction", "checkpoint_every", "keep_checkpoints", "log_steps", "rollbacks", "xla")
TOLD_ONLY = ("name", "source", "differs")  # they change nothing


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What was asked for; two runs whose settings resolve to the same are the same run.

    A recipe says how to train, and what is None here is left to it. What is given changes the recipe.

    Args:
        data: where the images are: a folder, a table, shards, "tfds:NAME", "hf:ORG/NAME".
        recipe: name of a recipe, or a YAML file with one.
        overrides: single settings of the recipe, like "schedule.image_size=128:224"; they come last.
        model: name of a published model, or a YAML file with a `ModelConfig`. Named recipes refuse networks that they
            were not published for.
        weights: what training starts from: "new", a tag such as "imagenet21k", a path, or "hf://ORG/NAME".
        epochs: length of the training, at least 1.
        progressive: image sizes as FIRST:LAST/PHASES.
        image_size: px, at least 32, of validation and export; where the recipe's size does not change, of training
            too. None is the last size of `progressive`, else the recipe's own.
        batch_size: images a step, at least 1.
        randaugment, mixup, cutmix, dropout, drop_path: a number, or FIRST:LAST to rise from phase to phase.
        preprocessing: "photos", "v1", "v2" or "finetune": the window that training sees, the part measuring sees.
        crop_area: smallest and largest share of a photo that a training crop covers.
        flip: mirror half of the training images.
        learning_rate: its peak, at any batch size, above 0.
        weight_decay: at least 0; 0 is off.
        label_smoothing: share of each label that is spread over all classes, in [0, 1).
        validation: share of each class set aside where the data have no split of their own, in (0, 1).
        max_per_class: most training images of a class, at least 1; None takes all.
        max_bad_fraction: share of unreadable images from which on a run stops; fewer than 10 never stop it.
        balance: 0 shows classes as often as they have images, 1 every class as often.
        class_weights: weigh the loss so that every class counts as much.
        cache: "ram" or "disk" keeps encoded images near; None reads them anew each epoch.
        holdout: share of each class of the training images that is kept back to choose the best epoch and to stop
            early by; 0 keeps none, and validation does that. With it validation is looked at once, at the end.
        patience: epochs of the last phase without a better one on the holdout after which training stops, at least 1.
        seed: of everything drawn, in [0, 2^29).
        deterministic: take only operations that give the same bits every time; the whole process is set to it.
        checkpoint_every: steps ("500") or a time ("30s", "10m", "1h") between two checkpoints within an epoch.
        keep_checkpoints: how many of the newest ones are kept, at least 1.
        log_steps: write the loss of every step to `steps.csv`.
        rollbacks: how many times a run whose loss is not finite goes back to its last checkpoint and on without the
            batch, before it gives up.
        precision: one of `PRECISIONS`; None leaves it to the device.
        xla: whether XLA compiles the whole step; None leaves it to the device.

    Raises:
        UsageError: if a value is out of its range; what the recipe rules is checked by `resolved`.
    """

    data: str
    model: str | None = None
    epochs: int | None = None
    progressive: str | None = None
    image_size: int | None = None
    batch_size: int | None = None
    randaugment: str | None = None
    mixup: str | None = None
    cutmix: str | None = None
    dropout: str | None = None
    drop_path: str | None = None
    preprocessing: str | None = None
    crop_area: str | None = None
    flip: bool | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    label_smoothing: float | None = None
    validation: float = 0.2
    max_per_class: int | None = None
    max_bad_fraction: float = 0.01
    balance: float = 0.0
    class_weights: bool = False
    cache: str | None = None
    seed: int = 0
    weights: str | None = None
    recipe: str = "laptop"
    overrides: tuple[str, ...] = ()
    holdout: float = 0.0
    patience: int = 10
    deterministic: bool = False
    checkpoint_every: str = "10m"
    keep_checkpoints: int = 3
    log_steps: bool = False
    rollbacks: int = 0
    precision: str | None = None
    xla: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "overrides", tuple(self.overrides))
        bad, most, kept = self.max_bad_fraction, self.max_per_class, self.keep_checkpoints
        # fmt: off
        #     setting                     holds                                       rule
        _require("epochs",                _or(self.epochs, 1) >= 1,                   "at least 1", self.epochs)
        _require("batch_size",            _or(self.batch_size, 1) >= 1,               "at least 1", self.batch_size)
        _require("learning_rate",         _or(self.learning_rate, 1) > 0,             "above 0", self.learning_rate)
        _require("weight_decay",          _or(self.weight_decay, 0) >= 0,             "at least 0", self.weight_decay)
        _require("label_smoothing",       0 <= _or(self.label_smoothing, 0) < 1,      "in [0, 1)", self.label_smoothing)
        _require("validation",            0 < self.validation < 1,                    "in (0, 1)", self.validation)
        _require("max_per_class",         most is None or most >= 1,                  "at least 1", most)
        _require("max_bad_fraction",      0 <= bad <= 1,                              "in [0, 1]", bad)
        _require("balance",               0 <= self.balance <= 1,                     "in [0, 1]", self.balance)
        _require("cache",                 self.cache in (None, "ram", "disk"),        "'ram' or 'disk'", self.cache)
        _require("holdout",               0 <= self.holdout < 1,                      "in [0, 1)", self.holdout)
        _require("patience",              self.patience >= 1,                         "at least 1", self.patience)
        _require("seed",                  0 <= self.seed < 2**29,                     "in [0, 2^29)", self.seed)
        _require("rollbacks",             self.rollbacks >= 0,                        "at least 0", self.rollbacks)
        _require("keep_checkpoints",      kept >= 1,                                  "at least 1", kept)
        # fmt: on
        parse_interval("checkpoint_every", self.checkpoint_every)
        check_choice("precision", self.precision, (None, *PRECISIONS))
        size, smallest = self.image_size, SMALLEST_IMAGE
        _require("image_size", size is None or size >= smallest, f"at least {smallest} px", size)

    def resolved(self) -> Recipe:
        """Returns the recipe as it will be run, all changes in it.

        Raises:
            UsageError: for an unknown name, a combination that was not published, or a broken rule.
        """
        recipe = resolve_recipe(self.recipe, self.model)
        changes: dict[str, Any] = {}
        for option, name in PLACES.items():
            value = getattr(self, option)
            if value is not None:
                put(changes, name, parse_ramp(f"--{option.replace('_', '-')}", value) if option in RAMPS else value)
        self._put_sizes(changes, is_constant=len(recipe.schedule.phases) == 1)
        if self.learning_rate is not None:
            put(changes, "learning_rate.per_images", 0)
        return override(change_recipe(recipe, to_plain(changes)), self.overrides)

    def _put_sizes(self, changes: dict[str, Any], *, is_constant: bool) -> None:
        if self.progressive is not None:
            sizes, num_phases = parse_progressive(self.progressive)
            put(changes, "schedule.kind", "progressive")
            put(changes, "schedule.image_size", sizes)
            put(changes, "schedule.num_phases", num_phases)
            put(changes, "eval_size", int(sizes.last))
        if self.image_size is not None:
            put(changes, "eval_size", self.image_size)
            if self.progressive is None and is_constant:
                put(changes, "schedule.image_size", self.image_size)

    def differences(self, other: TrainSettings, recipe: Recipe | None = None) -> list[str]:
        """Returns what another run would do otherwise, as "name: here -> there"; names of the recipe are dotted.

        Args:
            other: settings of the other run.
            recipe: what these settings resolved to when they were run; None resolves them now.

        Raises:
            UsageError: if either cannot be resolved, see `resolved`.
        """
        before, now = self._decisive(recipe or self.resolved()), other._decisive(other.resolved())
        names = list(dict.fromkeys([*before, *now]))
        return [f"{name}: {before.get(name)} -> {now.get(name)}" for name in names if before.get(name) != now.get(name)]

    def _decisive(self, recipe: Recipe) -> dict[str, Any]:
        resolved = {name: value for name, value in flat(recipe).items() if name not in TOLD_ONLY}
        own = {name: value for name, value in asdict(self).items() if name not in FOLDED + NEUTRAL}
        return {**own, **resolved}

    def as_dict(self) -> dict[str, Any]:
        """Returns the settings by name, as plain values."""
        return {**asdict(self), "overrides": list(self.overrides)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainSettings:
        """Builds settings from `as_dict`.

        Raises:
            UsageError: for a name that is no setting, with the nearest, or a value out of its range.
        """
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                raise unknown_name("setting", name, names)
        return cls(**values)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _require(name: str, holds: bool, rule: str, value: object) -> None:
    if not holds:
        raise UsageError(f"`{name}` must be {rule}. Got: {value}.")
