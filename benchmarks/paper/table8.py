"""Transfer to small data sets: the presets, and under `paper` the trainings from ImageNet weights.

Cost: none for `tiny` and `laptop`, which print the presets; 12 trainings of 10,000 steps of 512 images for `paper`.
"""

from __future__ import annotations

from progressive_figures import points, standard_error

from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.configs.registry import get_config
from paper.experiment import Cell, Experiment, Lines, Measured, Work
from paper.presets import Preset
from paper.printed import Printed, draw_lines
from paper.published import DATA_SETS, TABLE_8
from paper.recipe_run import RecipeRun

TFDS = {"cifar10": "cifar10", "cifar100": "cifar100", "flowers": "oxford_flowers102", "cars": "cars196"}


def cells(preset: Preset) -> list[Cell]:
    """Returns a cell a model and data set."""
    return [Cell(model, name, work(model, name, preset)) for model in TABLE_8 for name in DATA_SETS]


def work(model: str, name: str, preset: Preset) -> Work:
    """Returns the training, or what is printed of it."""
    recipe = get_recipe(f"transfer:{name}:{model}")
    return RecipeRun(recipe, get_config(model), f"tfds:{TFDS[name]}") if preset.is_published else Printed(said(recipe))


def said(recipe: Recipe) -> str:
    """Returns how a network is tuned, in words."""
    return (
        f"{recipe.steps} steps of {recipe.batch_size} images of {recipe.eval_size} px, rate "
        f"{recipe.peak_learning_rate:g}, {recipe.learning_rate.course}, weight decay {recipe.optimizer.weight_decay:g}"
    )


def table(done: list[Measured]) -> Lines:
    """Returns a line a model and data set; accuracy where it was trained."""
    published = {
        (model, name): row for model, ours in TABLE_8.items() for name, row in zip(DATA_SETS, ours, strict=True)
    }
    lines = []
    for model, name in dict.fromkeys((cell["group"], cell["way"]) for cell in done):
        group = [cell for cell in done if (cell["group"], cell["way"]) == (model, name)]
        accuracies = [cell["accuracy"] for cell in group if "accuracy" in cell]
        found = points(sum(accuracies) / len(accuracies), standard_error(accuracies)) if accuracies else "not run here"
        recipe = get_recipe(f"transfer:{name}:{model}")
        line = {"model": model, "data set": name, "preset": said(recipe), "accuracy here, %": found}
        lines.append({**line, "the paper": published[model, name]})
    return lines


EXPERIMENT = Experiment(
    name="table8",
    title="Transfer to small data sets",
    source="Tan & Le 2021, Table 8",
    cells=cells,
    table=table,
    draw=draw_lines(table),
    verdict=lambda done: (
        "Batch 512, rate 0.001 along a cosine, 10,000 steps, no weight decay: as published. "
        + ("Trained here." if any("accuracy" in cell for cell in done) else "Accuracy: not measured here.")
    ),
    note="`tiny` and `laptop` print the presets and train nothing: ImageNet weights are needed",
    is_counted=True,
)
