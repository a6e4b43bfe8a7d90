"""The settings of a training run, as the command line and `settings.yaml` hold them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from effnetv2_keras.configs.preprocessing import DEFAULT, Preprocessing, get_preprocessing
from effnetv2_keras.configs.ramp import Ramp, parse_progressive, parse_ramp
from effnetv2_keras.configs.schedule import REGULARISATION, SMALLEST_IMAGE, ProgressiveSchedule
from effnetv2_keras.errors import UsageError, unknown_name


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Everything that decides what a run learns; two runs with equal settings are the same run.

    Args:
        data: where the images are: a folder, a table, shards, "tfds:NAME", "hf:ORG/NAME".
        model: name of a published model, or a YAML file with a `ModelConfig`.
        epochs: length of the training.
        progressive: image sizes as FIRST:LAST/PHASES; None trains at `image_size` throughout.
        image_size: px, of validation and export; None is the last size of `progressive`, else the model's own.
        batch_size: images a step.
        randaugment, mixup, cutmix, dropout, drop_path: a number, or FIRST:LAST to rise from phase to phase; None
            leaves the model's own dropout and no augmentation.
        preprocessing: "photos", "v1", "v2" or "finetune": the window that training sees, the part measuring sees.
        crop_area: smallest and largest share of a photo that a training crop covers; None is the preprocessing's.
        flip: mirror half of the training images.
        learning_rate: peak, reached after the first epoch and held for 60 % of the steps, then a cosine to 0.
        weight_decay: decoupled, on kernels only.
        label_smoothing: share of each label that is spread over all classes.
        validation: share of each class set aside where the data have no split of their own.
        max_per_class: most training images of a class; None takes all.
        max_bad_fraction: share of unreadable images from which on a run stops; fewer than 10 never stop it.
        balance: 0 shows classes as often as they have images, 1 every class as often.
        class_weights: weigh the loss so that every class counts as much.
        cache: "ram" or "disk" keeps encoded images near; None reads them anew each epoch.
        seed: of everything drawn.
    """

    data: str
    model: str = "efficientnetv2-b0"
    epochs: int = 20
    progressive: str | None = None
    image_size: int | None = None
    batch_size: int = 32
    randaugment: str | None = None
    mixup: str | None = None
    cutmix: str | None = None
    dropout: str | None = None
    drop_path: str | None = None
    preprocessing: str = DEFAULT
    crop_area: str | None = None
    flip: bool = True
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    label_smoothing: float = 0.1
    validation: float = 0.2
    max_per_class: int | None = None
    max_bad_fraction: float = 0.01
    balance: float = 0.0
    class_weights: bool = False
    cache: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        size, smallest, bad, most = self.image_size, SMALLEST_IMAGE, self.max_bad_fraction, self.max_per_class
        # fmt: off
        #     setting                     holds                                       rule
        _require("epochs",                self.epochs >= 1,                           "at least 1", self.epochs)
        _require("batch_size",            self.batch_size >= 1,                       "at least 1", self.batch_size)
        _require("image_size",            size is None or size >= smallest,           f"at least {smallest} px", size)
        _require("learning_rate",         self.learning_rate > 0,                     "above 0", self.learning_rate)
        _require("weight_decay",          self.weight_decay >= 0,                     "at least 0", self.weight_decay)
        _require("label_smoothing",       0 <= self.label_smoothing < 1,              "in [0, 1)", self.label_smoothing)
        _require("validation",            0 < self.validation < 1,                    "in (0, 1)", self.validation)
        _require("max_per_class",         most is None or most >= 1,                  "at least 1", most)
        _require("max_bad_fraction",      0 <= bad <= 1,                              "in [0, 1]", bad)
        _require("balance",               0 <= self.balance <= 1,                     "in [0, 1]", self.balance)
        _require("cache",                 self.cache in (None, "ram", "disk"),        "'ram' or 'disk'", self.cache)
        _require("seed",                  0 <= self.seed < 2**29,                     "in [0, 2^29)", self.seed)
        # fmt: on
        self.look()

    def schedule(self, model_size: int) -> ProgressiveSchedule:
        """Returns what each epoch gets; `model_size` px is the size where none is set."""
        if self.progressive is None:
            sizes, num_phases = Ramp(self.size(model_size), self.size(model_size)), 1
        else:
            sizes, num_phases = parse_progressive(self.progressive)
        turned = {name: getattr(self, name) for name in REGULARISATION}
        ramps = {name: parse_ramp(f"--{name.replace('_', '-')}", text) for name, text in turned.items() if text}
        return ProgressiveSchedule(self.epochs, sizes, num_phases, **ramps)  # type: ignore[arg-type]

    def size(self, model_size: int) -> int:
        """Returns the side of the images that validation and the exports see, px."""
        if self.image_size is not None:
            return self.image_size
        return model_size if self.progressive is None else int(parse_progressive(self.progressive)[0].last)

    def look(self) -> Preprocessing:
        """Returns the window that training sees and the part that measuring sees."""
        look = get_preprocessing(self.preprocessing)
        if self.crop_area is None:
            return look
        ramp = parse_ramp("--crop-area", self.crop_area)
        _require(
            "crop_area", 0 < ramp.first <= ramp.last <= 1, "FIRST:LAST with 0 < FIRST <= LAST <= 1", self.crop_area
        )
        return replace(look, crop=replace(look.crop, area=(ramp.first, ramp.last)))

    def as_dict(self) -> dict[str, Any]:
        """Returns the settings by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainSettings:
        """Builds settings from `as_dict`; a name that is no setting is refused with the nearest."""
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                raise unknown_name("setting", name, names)
        return cls(**values)


def _require(name: str, holds: bool, rule: str, value: object) -> None:
    if not holds:
        raise UsageError(f"`{name}` must be {rule}. Got: {value}.")
