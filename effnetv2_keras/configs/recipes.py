"""Recipes by name: those of the papers, those of the released code, and one for a laptop.

A name is `family:model`, `family:preset` or `family:preset:model`. Numbers: facts 1.1, 1.3 and 2 (Tan & Le 2019 and
2021; google/automl, efficientnetv2, `hparams.py` and `datasets.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from effnetv2_keras.configs import v1, v2
from effnetv2_keras.configs.optimizer import LearningRateSpec, OptimizerSpec
from effnetv2_keras.configs.published_schedules import PAPER, RELEASED, paper_schedule, released_schedule
from effnetv2_keras.configs.recipe import AugmentationSpec, CropSpec, Recipe
from effnetv2_keras.configs.registry import get_config, resolve_config
from effnetv2_keras.configs.schedule import constant_schedule
from effnetv2_keras.errors import UsageError, unknown_name

V2 = tuple(config.name for config in v2.MODELS)
V1 = tuple(config.name for config in v1.MODELS if config.name[-2:] in ("b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"))
SMALL_TO_LARGE = ("efficientnetv2-s", "efficientnetv2-m", "efficientnetv2-l")

RMSPROP = OptimizerSpec(
    "rmsprop_tf", momentum=0.9, decay=0.9, epsilon=1e-3, weight_decay=1e-5, weight_decay_kind="l2", ema_decay=0.9999
)
IMAGENET_RATE = LearningRateSpec(base=0.016, course="exponential", warmup_epochs=5, factor=0.97, decay_epochs=2.4)


def _paper(model: str, preset: str) -> Recipe:
    return Recipe(
        name=f"paper:{model}",
        model=model,
        schedule=paper_schedule(model),
        eval_size=get_config(model).eval_size,
        batch_size=4096,
        learning_rate=IMAGENET_RATE,
        optimizer=RMSPROP,
        augmentation=AugmentationSpec(mode="adaptive"),
        crop=CropSpec("v2"),
        drop_path=0.2,
        bn_momentum=0.99,
        source="Tan & Le 2021, section 4.2, Algorithm 1 and Table 6; crop and epsilon from the released code",
        differs="The released code begins at a larger size, ends RandAugment lower, leaves dropout alone, adds CutMix "
        "with MixUp's alpha and has a BatchNorm momentum of 0.9: see `released`.",
    )


def _released(model: str, preset: str) -> Recipe:
    config = get_config(model)
    has_magnitude = RELEASED[model][1] is not None
    return Recipe(
        name=f"released:{model}",
        model=model,
        schedule=released_schedule(model),
        eval_size=config.eval_size,
        batch_size=4096,
        learning_rate=IMAGENET_RATE,
        optimizer=RMSPROP,
        augmentation=AugmentationSpec(policy="randaugment" if has_magnitude else "autoaugment", mode="released"),
        crop=CropSpec("v2" if has_magnitude else "v1"),
        dropout=config.dropout,
        drop_path=0.2,
        bn_momentum=0.9,
        source="google/automl, efficientnetv2: effnetv2_configs.py, hparams.py, datasets.py",
        differs="The paper begins at 128 px, ends RandAugment higher, raises dropout, has no CutMix and a BatchNorm "
        "momentum of 0.99: see `paper`."
        if model in PAPER
        else "The paper has no recipe for this network.",
    )


def _v1(model: str, preset: str) -> Recipe:
    config = get_config(model)
    return Recipe(
        name=f"v1:{model}",
        model=model,
        schedule=constant_schedule(350, config.train_size or config.eval_size),
        eval_size=config.eval_size,
        batch_size=4096,
        learning_rate=IMAGENET_RATE,
        optimizer=RMSPROP,
        augmentation=AugmentationSpec(policy="autoaugment"),
        crop=CropSpec("v1"),
        dropout=config.dropout,
        drop_path=0.2,
        bn_momentum=0.99,
        source="google/automl, efficientnetv2: hparams.py; Tan & Le 2019 for dropout and AutoAugment",
        differs="The first paper trained at the evaluation size; this code trains at 0.8 of it.",
    )


def _imagenet21k(model: str, preset: str) -> Recipe:
    return Recipe(
        name=f"imagenet21k:{model}" if preset == "60" else f"imagenet21k:{preset}:{model}",
        model=model,
        schedule=constant_schedule(int(preset), 224),
        eval_size=224,
        batch_size=4096,
        learning_rate=LearningRateSpec(base=0.008, course="cosine", warmup_epochs=1),
        optimizer=RMSPROP,
        crop=CropSpec("v2"),
        dropout=1e-6,
        drop_path=0.0,
        bn_momentum=0.9,
        label_smoothing=0.0,
        labels="normalised",
        source="Tan & Le 2021, section 4.3 (60 or 30 epochs, cosine); google/automl, datasets.py for the other numbers",
        differs="The paper says 60 or 30 epochs, the released code 60.",
    )


def _finetune(model: str, preset: str) -> Recipe:
    return _tuned(
        f"finetune:{model}",
        model,
        epochs=15,
        weights="imagenet21k",
        course="cosine",
        source="Tan & Le 2021, section 4.3 (15 epochs, batch 512, cosine); datasets.py for the other numbers",
        differs="The released code keeps the rate constant after the warm-up: see `released-finetune`. The square cut "
        "out is grey, not noise.",
    )


def _released_finetune(model: str, preset: str) -> Recipe:
    return _tuned(
        f"released-finetune:{model}",
        model,
        epochs=15,
        weights="imagenet21k",
        course="constant",
        source="google/automl, efficientnetv2, datasets.py (imagenetft)",
        differs="The paper lets the rate fall along a cosine: see `finetune`. The square cut out is grey, not noise.",
    )


def _transfer(model: str, preset: str) -> Recipe:
    recipe = _tuned(
        f"transfer:{preset}:{model}",
        model,
        epochs=100,
        weights="imagenet",
        course="cosine",
        source="Tan & Le 2021, section 5.3 and Table 8 (10,000 steps, batch 512, rate 0.001, cosine, no weight decay, "
        "cutout); datasets.py for the other numbers",
        differs="The released code decays weights by 1e-5 and keeps the rate constant: see `released-transfer`. The "
        "square cut out is grey, not noise. Validation comes every 100 steps.",
    )
    return recipe.replace(steps=10_000, optimizer=TUNED.replace(weight_decay=0.0))


def _released_transfer(model: str, preset: str) -> Recipe:
    recipe = _tuned(
        f"released-transfer:{preset}:{model}",
        model,
        epochs=100,
        weights="imagenet",
        course="constant",
        source=f"google/automl, efficientnetv2, datasets.py ({preset}ft: at least 10,000 steps)",
        differs="The paper has no weight decay and a cosine: see `transfer`. The square cut out is grey, not noise. "
        "Validation comes every 100 steps.",
    )
    return recipe.replace(steps=10_000)


TUNED = RMSPROP.replace(ema_decay=0.9996)


def _tuned(name: str, model: str, *, epochs: int, weights: str, course: str, source: str, differs: str) -> Recipe:
    side = get_config(model).eval_size // 16 * 16  # the released code's `isize = 1.0`
    return Recipe(
        name=name,
        model=model,
        schedule=constant_schedule(epochs, side),
        eval_size=side,
        batch_size=512,
        learning_rate=LearningRateSpec(base=0.0005, course=course, warmup_epochs=1),
        optimizer=TUNED,
        augmentation=AugmentationSpec(cutout=0.5),
        crop=CropSpec("finetune"),
        dropout=1e-6,
        drop_path=0.2,
        bn_momentum=0.9,
        weights=weights,
        source=source,
        differs=differs,
    )


def _laptop(model: str, preset: str) -> Recipe:
    side = resolve_config(model).eval_size
    return Recipe(
        name="laptop" if model == LAPTOP_MODEL else f"laptop:{model}",
        model=model,
        schedule=constant_schedule(20, side),
        eval_size=side,
        batch_size=32,
        learning_rate=LearningRateSpec(base=2e-3, per_images=0, course="held_cosine", warmup_epochs=1),
        optimizer=OptimizerSpec("adamw", weight_decay=1e-2, weight_decay_kind="decoupled"),
        crop=CropSpec("photos"),
        source="measured here on runs of minutes: docs/methods/progressive_learning.md",
        differs="Neither paper has it.",
    )


LAPTOP_MODEL = "efficientnetv2-b0"


@dataclass(frozen=True, slots=True)
class Family:
    """Recipes that differ in the network alone, or in a preset and the network.

    Attributes:
        about: what it is for.
        models: the networks it was published for; empty for any.
        make: builds the recipe from a model and a preset.
        presets: the first is taken where a name has none; empty for no presets.
        needs_preset: whether a name must have one.
    """

    about: str
    models: tuple[str, ...]
    make: Callable[[str, str], Recipe]
    presets: tuple[str, ...] = ()
    needs_preset: bool = False


DATA_SETS = ("cifar10", "cifar100", "flowers", "cars")
# fmt: off
FAMILIES = {
    "paper":             Family("ImageNet, Table 6", SMALL_TO_LARGE, _paper),
    "released":          Family("ImageNet, the released code", V2, _released),
    "v1":                Family("ImageNet, AutoAugment", V1, _v1),
    "imagenet21k":       Family("ImageNet-21k", V2, _imagenet21k, ("60", "30")),
    "finetune":          Family("ImageNet-21k to ImageNet", (*SMALL_TO_LARGE, "efficientnetv2-xl"), _finetune),
    "released-finetune": Family("the same, the released code", V2, _released_finetune),
    "transfer":          Family("ImageNet to small data sets", SMALL_TO_LARGE, _transfer, DATA_SETS, True),
    "released-transfer": Family("the same, the released code", V2, _released_transfer, DATA_SETS, True),
    "laptop":            Family("runs of minutes on your own photos", (), _laptop),
}
# fmt: on


def get_recipe(name: str, model: str | None = None) -> Recipe:
    """Returns the recipe called `name`.

    Args:
        name: such as "paper:efficientnetv2-s", "transfer:cifar10", "imagenet21k:30:efficientnetv2-xl" or "laptop".
        model: takes the place of the network in `name`.

    Raises:
        UsageError: for an unknown name, or a combination that was not published.

    Source: each recipe's own `source`, and `differs`.

    >>> get_recipe("paper:efficientnetv2-s").peak_learning_rate
    0.256
    """
    family_name, *parts = name.split(":")
    if family_name not in FAMILIES:
        raise unknown_name("recipe", family_name, FAMILIES)
    family = FAMILIES[family_name]
    presets = [part for part in parts if part in family.presets]
    models = [part for part in parts if part not in family.presets]
    if len(presets) > 1 or len(models) > 1:
        raise UsageError(f"A recipe must be FAMILY:PRESET:MODEL at most. Got: {name!r}.")
    if family.needs_preset and not presets:
        raise UsageError(f"{family_name} has {', '.join(family.presets)}. Got: {_said(models)}.")
    chosen = model or (models[0] if models else _first_model(family_name, family))
    if family.models and chosen not in family.models:
        raise UsageError(f"{family_name} has {', '.join(family.models)}. Got: {chosen!r}.")
    return family.make(chosen, presets[0] if presets else (family.presets[0] if family.presets else ""))


def list_recipes() -> list[str]:
    """Returns the names of all recipes; presets are given with their first network alone."""
    names = []
    for name, family in FAMILIES.items():
        if family.needs_preset:
            names += [f"{name}:{preset}" for preset in family.presets]
        else:
            names += [f"{name}:{model}" for model in family.models] or [name]
    return names


def _first_model(family_name: str, family: Family) -> str:
    if not family.models:
        return LAPTOP_MODEL
    if family.needs_preset or "finetune" in family_name:
        return SMALL_TO_LARGE[0]
    raise UsageError(f"{family_name} has {', '.join(family.models)}: {family_name}:{family.models[0]}. Got no model.")


def _said(models: list[str]) -> str:
    return repr(models[0]) if models else "none of them"
