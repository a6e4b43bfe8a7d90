"""What a recipe says, made real: the classifier, its optimizer and its loss."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import keras
from keras import ops

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.registry import resolve_config
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.create import create_model
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.learning_rate import HeldCosine
from effnetv2_keras.training.rate_scale import scale_rate

OPTIMIZERS = "effnetv2_keras.training.optimizers"


def check_runnable(recipe: Recipe) -> None:
    """Refuses a recipe that needs something which is not there, before any work is done."""
    if recipe.weights != "new":
        raise UsageError(
            f"{recipe.name} starts from weights of {recipe.weights}, which cannot be loaded yet: "
            f"`--set weights=new` starts from new ones. Got: {recipe.weights!r}."
        )
    if recipe.crop.family != "photos":
        raise UsageError(
            f"{recipe.name} crops as {recipe.crop.family!r}, which the data room cannot do yet: "
            f"`--set crop.family=photos` takes the window there is. Got: {recipe.crop.family!r}."
        )
    if "batch_size" in recipe.schedule.turned:
        sizes = list(dict.fromkeys(phase.batch_size for phase in recipe.schedule.phases))
        if sizes != [recipe.batch_size]:
            raise UsageError(
                f"`schedule.batch_size` cannot change the recipe's batch size, {recipe.batch_size}, yet. "
                f"Got: {', '.join(map(str, sizes))}."
            )
    if _has_optimizers():
        return
    spec, course = recipe.optimizer, recipe.learning_rate.course
    missing = {
        f"the optimizer {spec.name}": spec.name != "adamw",
        f"weight decay of kind {spec.weight_decay_kind}": spec.weight_decay_kind != "decoupled" and spec.weight_decay,
        "clipping": spec.clip_norm_per_variable or spec.global_clip_norm,
        "gradient accumulation": spec.accumulation_steps > 1,
        "a moving average of the weights": spec.ema_decay,
        f"a learning rate of course {course}": course != "held_cosine",
    }
    needed = [name for name, is_needed in missing.items() if is_needed]
    if needed:
        raise UsageError(f"{recipe.name} needs what is not there yet. Got: {', '.join(needed)}.")


def network_of(recipe: Recipe) -> ModelConfig:
    """Returns the recipe's network as a table, with the recipe's momentum of BatchNorm."""
    config = resolve_config(recipe.model)
    return config if recipe.bn_momentum is None else config.replace(bn_momentum=recipe.bn_momentum)


def make_classifier(recipe: Recipe, num_classes: int, seed: int) -> Classifier:
    """Returns a new classifier that is trained as `recipe` says, not compiled yet."""
    network = create_model(
        network_of(recipe), num_classes=num_classes, dropout_rate=recipe.dropout, drop_path_rate=recipe.drop_path
    )
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
    return Classifier(network, augmentation=augmentation, seed=seed)


def compile_classifier(classifier: Classifier, recipe: Recipe, steps_per_epoch: int) -> None:
    """Gives `classifier` the recipe's optimizer, learning rate and loss."""
    optimizer, options = _optimizer(recipe, steps_per_epoch)
    if "learning_rate_scale" in recipe.schedule.turned:
        scale_rate(optimizer, classifier.knobs)
    kind = NormalisedCrossentropy if recipe.labels == "normalised" else keras.losses.CategoricalCrossentropy
    loss = kind(from_logits=True, label_smoothing=recipe.label_smoothing)
    classifier.compile(optimizer, loss=loss, **options)


@keras.saving.register_keras_serializable("effnetv2_keras")
class NormalisedCrossentropy(keras.losses.CategoricalCrossentropy):
    """Divides label rows with several classes by their sum, then takes the softmax cross-entropy.

    Source: Tan & Le 2021, section 4.3, for ImageNet-21k, whose images have several labels.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each row: labels (B, K) at least 0, logits (B, K)."""
        y_true = ops.cast(y_true, y_pred.dtype)
        return super().call(y_true / ops.maximum(ops.sum(y_true, axis=-1, keepdims=True), 1e-6), y_pred)


def _optimizer(recipe: Recipe, steps_per_epoch: int) -> tuple[keras.optimizers.Optimizer, dict[str, Any]]:
    """Returns the optimizer and what else `compile` takes."""
    spec, epochs = recipe.optimizer, recipe.schedule.epochs
    if _has_optimizers():
        optimizers, rates = import_module(OPTIMIZERS), import_module("effnetv2_keras.training.learning_rate")
        images = recipe.batch_size * spec.accumulation_steps
        rate = rates.make_learning_rate(
            recipe.learning_rate, batch_size=images, steps_per_epoch=steps_per_epoch, epochs=epochs
        )
        return optimizers.make_optimizer(spec, rate), optimizers.compile_options(spec)
    rise = int(recipe.learning_rate.warmup_epochs * steps_per_epoch)
    rate = HeldCosine(recipe.peak_learning_rate, total_steps=steps_per_epoch * epochs, warmup_steps=rise)
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=spec.weight_decay or None, beta_1=spec.momentum, beta_2=spec.decay, epsilon=spec.epsilon
    )
    optimizer.exclude_from_weight_decay(var_names=list(spec.exclude))
    return optimizer, {}


def _has_optimizers() -> bool:
    return find_spec(OPTIMIZERS) is not None
