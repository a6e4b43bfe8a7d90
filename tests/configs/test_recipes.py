"""Every published number, written out: facts 1.1, 1.3 and 2."""

import subprocess
import sys

import pytest

from effnetv2_keras.configs.recipes import get_recipe, list_recipes
from effnetv2_keras.errors import UsageError

V2 = ["b0", "b1", "b2", "b3", "s", "m", "l", "xl"]
IMAGENET = ["paper:efficientnetv2-s", *(f"released:efficientnetv2-{x}" for x in V2), "v1:efficientnet-b7"]


def sizes(recipe):
    return [phase.image_size for phase in recipe.schedule.phases]


def refusal(name, model=None):
    with pytest.raises(UsageError) as caught:
        get_recipe(name, model)
    return str(caught.value)


@pytest.mark.parametrize("name", IMAGENET)
def test_imagenet_is_trained_alike_by_all(name):
    recipe = get_recipe(name)
    assert (recipe.schedule.epochs, recipe.steps, recipe.batch_size) == (350, None, 4096)
    rate = recipe.learning_rate
    assert (rate.base, rate.course, rate.warmup_epochs, rate.factor, rate.decay_epochs) == (
        *(0.016, "exponential", 5, 0.97, 2.4),
    )
    assert recipe.peak_learning_rate == pytest.approx(0.256, abs=1e-12)
    spec = recipe.optimizer
    assert (spec.name, spec.momentum, spec.decay, spec.epsilon) == ("rmsprop_tf", 0.9, 0.9, 0.001)
    assert (spec.weight_decay, spec.weight_decay_kind) == (1e-5, "l2")
    assert spec.exclude == ("bias", "gamma", "beta")
    assert (spec.ema_decay, spec.ema_warmup, spec.accumulation_steps) == (0.9999, True, 1)
    assert (spec.clip_norm_per_variable, spec.global_clip_norm) == (0, 0)
    assert (recipe.label_smoothing, recipe.labels, recipe.drop_path) == (0.1, "single", 0.2)
    assert recipe.weights == "new"


@pytest.mark.parametrize(
    ("model", "sides", "randaugment", "mixup", "dropout", "eval_size"),
    [
        ("efficientnetv2-s", [128, 185, 242, 300], (5, 15), (0, 0), (0.1, 0.3), 384),
        ("efficientnetv2-m", [128, 212, 296, 380], (5, 20), (0, 0.2), (0.1, 0.4), 480),
        ("efficientnetv2-l", [128, 212, 296, 380], (5, 25), (0, 0.5), (0.1, 0.5), 480),
    ],
)
def test_the_paper(model, sides, randaugment, mixup, dropout, eval_size):
    recipe = get_recipe(f"paper:{model}")
    first, last = recipe.schedule.phases[0], recipe.schedule.phases[-1]
    assert sizes(recipe) == sides
    assert (first.randaugment, last.randaugment) == randaugment
    assert (first.mixup, last.mixup) == mixup
    assert (first.dropout, last.dropout) == dropout
    assert (first.cutmix, last.cutmix) == (None, None)
    assert recipe.eval_size == eval_size
    assert recipe.bn_momentum == 0.99
    assert (recipe.augmentation.policy, recipe.augmentation.mode) == ("randaugment", "adaptive")
    assert recipe.crop.family == "v2"


@pytest.mark.parametrize(
    ("model", "sides", "eval_size", "dropout", "policy", "crop"),
    [
        ("b0", [144, 160, 176, 192], 224, 0.2, "autoaugment", "v1"),
        ("b1", [144, 160, 176, 192], 240, 0.2, "autoaugment", "v1"),
        ("b2", [148, 168, 188, 208], 260, 0.3, "autoaugment", "v1"),
        ("b3", [156, 184, 212, 240], 300, 0.3, "autoaugment", "v1"),
        ("s", [171, 214, 257, 300], 384, 0.2, "randaugment", "v2"),
        ("m", [192, 256, 320, 384], 480, 0.3, "randaugment", "v2"),
        ("l", [192, 256, 320, 384], 480, 0.4, "randaugment", "v2"),
        ("xl", [192, 256, 320, 384], 512, 0.4, "randaugment", "v2"),
    ],
)
def test_the_released_code(model, sides, eval_size, dropout, policy, crop):
    recipe = get_recipe(f"released:efficientnetv2-{model}")
    assert sizes(recipe) == sides
    assert (recipe.eval_size, recipe.dropout, recipe.bn_momentum) == (eval_size, dropout, 0.9)
    assert (recipe.augmentation.policy, recipe.augmentation.mode, recipe.crop.family) == (policy, "released", crop)
    assert recipe.augmentation.num_layers == 2


@pytest.mark.parametrize(
    ("model", "side", "eval_size", "dropout"),
    [
        ("b0", 176, 224, 0.2),
        ("b1", 192, 240, 0.2),
        ("b2", 208, 260, 0.3),
        ("b3", 240, 300, 0.3),
        ("b4", 304, 380, 0.4),
        ("b5", 352, 456, 0.4),
        ("b6", 416, 528, 0.5),
        ("b7", 480, 600, 0.5),
    ],
)
def test_the_first_papers_networks(model, side, eval_size, dropout):
    recipe = get_recipe(f"v1:efficientnet-{model}")
    assert sizes(recipe) == [side]
    assert (recipe.eval_size, recipe.dropout, recipe.bn_momentum) == (eval_size, dropout, 0.99)
    assert (recipe.augmentation.policy, recipe.crop.family) == ("autoaugment", "v1")
    assert recipe.schedule.turned == ()


@pytest.mark.parametrize(
    ("name", "epochs"), [("imagenet21k:efficientnetv2-xl", 60), ("imagenet21k:30:efficientnetv2-xl", 30)]
)
def test_imagenet21k(name, epochs):
    recipe = get_recipe(name)
    assert (recipe.schedule.epochs, sizes(recipe), recipe.eval_size) == (epochs, [224], 224)
    rate = recipe.learning_rate
    assert (rate.base, rate.course, rate.warmup_epochs, recipe.batch_size) == (0.008, "cosine", 1, 4096)
    assert recipe.peak_learning_rate == pytest.approx(0.128, abs=1e-12)
    assert (recipe.dropout, recipe.drop_path, recipe.label_smoothing) == (1e-6, 0, 0)
    assert (recipe.labels, recipe.schedule.turned, recipe.crop.family) == ("normalised", (), "v2")
    assert (recipe.optimizer.ema_decay, recipe.optimizer.weight_decay) == (0.9999, 1e-5)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("finetune:efficientnetv2-s", 384),
        ("finetune:efficientnetv2-m", 480),
        ("finetune:efficientnetv2-l", 480),
        ("finetune:efficientnetv2-xl", 512),
        ("released-finetune:efficientnetv2-b0", 224),
        ("released-finetune:efficientnetv2-b1", 240),
        ("released-finetune:efficientnetv2-b2", 256),
        ("released-finetune:efficientnetv2-b3", 288),
    ],
)
def test_fine_tuning_from_imagenet21k(name, side):
    recipe = get_recipe(name)
    assert (recipe.schedule.epochs, recipe.batch_size, recipe.steps) == (15, 512, None)
    assert (sizes(recipe), recipe.eval_size) == ([side], side)
    assert recipe.peak_learning_rate == pytest.approx(0.001, abs=1e-12)
    assert recipe.learning_rate.course == ("constant" if name.startswith("released") else "cosine")
    assert recipe.learning_rate.warmup_epochs == 1
    assert (recipe.optimizer.ema_decay, recipe.optimizer.weight_decay, recipe.label_smoothing) == (0.9996, 1e-5, 0.1)
    assert (recipe.dropout, recipe.drop_path) == (1e-6, 0.2)
    assert (recipe.augmentation.cutout, recipe.crop.family) == (0.5, "finetune")
    assert recipe.weights == "imagenet21k"


@pytest.mark.parametrize("preset", ["cifar10", "cifar100", "flowers", "cars"])
def test_transfer(preset):
    paper, released = get_recipe(f"transfer:{preset}"), get_recipe(f"released-transfer:{preset}")
    for recipe in (paper, released):
        assert (recipe.steps, recipe.batch_size, recipe.schedule.epochs) == (10_000, 512, 100)
        assert recipe.steps_per_epoch(2040) == recipe.steps_per_epoch(50_000) == 100
        assert recipe.peak_learning_rate == pytest.approx(0.001, abs=1e-12)
        assert (recipe.augmentation.cutout, recipe.weights) == (0.5, "imagenet")
    assert (paper.learning_rate.course, paper.optimizer.weight_decay) == ("cosine", 0)
    assert (released.learning_rate.course, released.optimizer.weight_decay) == ("constant", 1e-5)


def test_transfer_takes_the_networks_of_table_8():
    assert sizes(get_recipe("transfer:cars:efficientnetv2-l")) == [480]
    assert get_recipe("transfer:cars", "efficientnetv2-m").name == "transfer:cars:efficientnetv2-m"
    assert refusal("transfer:cars:efficientnetv2-xl") == (
        "transfer has efficientnetv2-s, efficientnetv2-m, efficientnetv2-l. Got: 'efficientnetv2-xl'."
    )


def test_the_laptop():
    recipe = get_recipe("laptop")
    assert (recipe.name, recipe.model, recipe.schedule.epochs, recipe.batch_size) == (
        *("laptop", "efficientnetv2-b0", 20, 32),
    )
    assert (sizes(recipe), recipe.eval_size) == ([224], 224)
    rate = recipe.learning_rate
    assert (recipe.peak_learning_rate, rate.course, rate.warmup_epochs) == (0.002, "held_cosine", 1)
    assert recipe.replace(batch_size=64).peak_learning_rate == 0.002
    spec = recipe.optimizer
    assert (spec.name, spec.weight_decay, spec.weight_decay_kind, spec.ema_decay) == ("adamw", 0.01, "decoupled", 0)
    assert (recipe.label_smoothing, recipe.crop.family, recipe.augmentation.flip) == (0.1, "photos", True)
    assert (recipe.schedule.turned, recipe.dropout, recipe.drop_path) == ((), None, None)


def test_the_laptop_takes_any_network_at_its_own_size(tiny_model_file):
    assert get_recipe("laptop:efficientnetv2-s").eval_size == 384
    assert sizes(get_recipe("laptop", str(tiny_model_file))) == [32]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "paper:efficientnetv2-b0",
            "paper has efficientnetv2-s, efficientnetv2-m, efficientnetv2-l. Got: 'efficientnetv2-b0'.",
        ),
        (
            "paper",
            "paper has efficientnetv2-s, efficientnetv2-m, efficientnetv2-l: paper:efficientnetv2-s. Got no model.",
        ),
        (
            "v1:efficientnet-b8",
            "v1 has efficientnet-b0, efficientnet-b1, efficientnet-b2, efficientnet-b3, efficientnet-b4, "
            "efficientnet-b5, efficientnet-b6, efficientnet-b7. Got: 'efficientnet-b8'.",
        ),
        ("papr:efficientnetv2-s", "Unknown recipe: 'papr'. Nearest: paper."),
        ("transfer:pets", "transfer has cifar10, cifar100, flowers, cars. Got: 'pets'."),
        ("transfer", "transfer has cifar10, cifar100, flowers, cars. Got: none of them."),
        ("laptop:a:b", "A recipe must be FAMILY:PRESET:MODEL at most. Got: 'laptop:a:b'."),
    ],
)
def test_what_was_not_published_is_refused_by_name(name, sentence):
    assert refusal(name) == sentence


def test_every_recipe_is_listed_and_says_where_it_comes_from():
    names = list_recipes()
    assert len(names) == 3 + 8 + 8 + 8 + 4 + 8 + 4 + 4 + 1
    recipes = [get_recipe(name) for name in names]
    assert {recipe.source for recipe in recipes}.isdisjoint({"", "a user's own"})
    assert all(recipe.differs.endswith(".") for recipe in recipes)
    assert all(recipe.name.startswith(name) for recipe, name in zip(recipes, names, strict=True))


def test_a_recipe_can_be_read_when_the_weights_it_started_from_are_gone():
    assert get_recipe("laptop").replace(weights="a_folder_that_was").weights == "a_folder_that_was"


def test_fine_tuning_takes_the_smallest_network_where_none_is_named():
    assert get_recipe("finetune").name == "finetune:efficientnetv2-s"
    assert get_recipe("released-finetune", "efficientnetv2-b0").weights == "imagenet21k"


def test_recipes_load_with_the_standard_library_alone():
    code = (
        "import sys, effnetv2_keras.configs.recipes as r; r.get_recipe('paper:efficientnetv2-s'); "
        "print([m for m in ('tensorflow', 'keras', 'numpy', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
