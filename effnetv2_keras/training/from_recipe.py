"""What a recipe says, made real: the classifier, its optimizer and its loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.registry import resolve_config
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.errors import UsageError, unknown_name
from effnetv2_keras.models.create import create_model
from effnetv2_keras.models.freeze import freeze
from effnetv2_keras.models.weights.pretrained import Pretrained
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.learning_rate import make_learning_rate
from effnetv2_keras.training.multilabel import ShownAccuracy
from effnetv2_keras.training.optimizers import compile_options, make_optimizer
from effnetv2_keras.training.paced_rate import PacedRate
from effnetv2_keras.training.rate_scale import scale_rate


def check_runnable(recipe: Recipe) -> None:
    """Refuses a recipe that holds layers which are not there, or all of them for so long that nothing else learns.

    Raises:
        UsageError: if `tuning.head_epochs` is not below the schedule's epochs, or `tuning.freeze_until` names no layer.
    """
    head_epochs, until = recipe.tuning.head_epochs, recipe.tuning.freeze_until
    if head_epochs >= recipe.schedule.epochs:
        raise UsageError(
            f"`tuning.head_epochs` must be below `schedule.epochs`, {recipe.schedule.epochs}. Got: {head_epochs}."
        )
    if until is not None:
        blocks = [block.name for block in resolve_config(recipe.model).blocks()]
        layers = ["stem", *blocks, "head", "logits"]
        if not any(layer == until or layer.startswith(f"{until}_") for layer in layers):
            stages = dict.fromkeys(block.partition("_")[0] for block in blocks)
            raise unknown_name("layer in `tuning.freeze_until`", until, ["stem", *stages, "head", "logits"])


def network_of(recipe: Recipe) -> ModelConfig:
    """Returns the recipe's network as a table, with the recipe's momentum of BatchNorm.

    Raises:
        UsageError: for an unknown network, or a file that `load_config` refuses.
    """
    config = resolve_config(recipe.model)
    return config if recipe.bn_momentum is None else config.replace(bn_momentum=recipe.bn_momentum)


def make_classifier(
    recipe: Recipe,
    num_classes: int,
    seed: int,
    *,
    is_multilabel: bool = False,
    config: ModelConfig | None = None,
    pretrained: Pretrained | None = None,
) -> Classifier:
    """Returns a new classifier that is trained as `recipe` says, not compiled yet.

    Where images show several classes its head is a sigmoid, unless the recipe normalises labels for a softmax.

    Args:
        recipe: how it is trained.
        num_classes: outputs.
        seed: of everything drawn.
        is_multilabel: images show several classes.
        config: of the network; None for the recipe's own.
        pretrained: weights to start from; None for new ones.

    Raises:
        UsageError: for an unknown network, or a layer to freeze until that it has not.
        DataError: if a value of `pretrained` cannot be read or is no finite number.
    """
    network = create_model(
        config or network_of(recipe),
        num_classes=num_classes,
        activation="sigmoid" if is_multilabel and recipe.labels != "normalised" else None,
        weights=pretrained,
        dropout_rate=recipe.dropout,
        drop_path_rate=recipe.drop_path,
    )
    if recipe.tuning.freeze_until is not None:
        freeze(network, until=recipe.tuning.freeze_until)
    spec = recipe.augmentation
    has_randaugment = any(phase.randaugment for phase in recipe.schedule.phases)
    augmentation = Augmentation(
        horizontal_flip=spec.flip,
        policy=spec.policy,
        num_layers=spec.num_layers if has_randaugment else 0,
        mode=spec.mode,
        cutout=spec.cutout,
        erasing_rate=spec.erasing_rate,
        cutmix_share=spec.cutmix_share,
    )
    return Classifier(network, augmentation=augmentation, seed=seed, parts=spec.parts)


def compile_classifier(classifier: Classifier, recipe: Recipe, num_images: int, *, xla: bool | None = None) -> None:
    """Gives `classifier` the recipe's optimizer, learning rate and loss, for an epoch of `num_images`.

    Args:
        classifier: of `make_classifier`.
        recipe: how it is trained.
        num_images: that an epoch shows.
        xla: whether XLA compiles the whole step; None leaves it to Keras.

    Raises:
        UsageError: as `Classifier.compile`.
    """
    optimizer, options = _optimizer(recipe, num_images)
    if "learning_rate_scale" in recipe.schedule.turned:
        scale_rate(optimizer, classifier.knobs)
    smoothing = recipe.label_smoothing
    if classifier.head == "sigmoid":
        loss: keras.losses.Loss = keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
    elif recipe.labels == "normalised":
        loss = NormalisedCrossentropy(from_logits=True, label_smoothing=smoothing)
    else:
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    classifier.compile(
        optimizer,
        loss=loss,
        metrics=[ShownAccuracy()],
        layer_decay=recipe.tuning.layer_decay,
        head_epochs=recipe.tuning.head_epochs,
        jit_compile="auto" if xla is None else xla,
        **options,
    )


@keras.saving.register_keras_serializable("effnetv2_keras")
class NormalisedCrossentropy(keras.losses.CategoricalCrossentropy):
    """Divides label rows with several classes by their sum, then takes the softmax cross-entropy.

    Source: Tan & Le 2021, section 4.3, for ImageNet-21k, whose images have several labels.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each row: labels (B, K) at least 0, logits (B, K)."""
        y_true = ops.cast(y_true, y_pred.dtype)
        return super().call(y_true / ops.maximum(ops.sum(y_true, axis=-1, keepdims=True), 1e-6), y_pred)


def _optimizer(recipe: Recipe, num_images: int) -> tuple[keras.optimizers.Optimizer, dict[str, Any]]:
    """Returns the optimizer and what else `compile` takes."""
    spec, schedule = recipe.optimizer, recipe.schedule
    usual = recipe.steps_per_epoch(num_images)
    rate = make_learning_rate(
        recipe.learning_rate,
        batch_size=recipe.batch_size * spec.accumulation_steps,
        steps_per_epoch=usual,
        epochs=schedule.epochs,
    )
    steps = [recipe.steps_in(phase, num_images) for phase in schedule.phases]
    if set(steps) != {usual}:
        lengths = [phase.num_epochs * count for phase, count in zip(schedule.phases, steps, strict=True)]
        rate = PacedRate(rate, lengths, [usual / count for count in steps])
    return make_optimizer(spec, rate), compile_options(spec)
