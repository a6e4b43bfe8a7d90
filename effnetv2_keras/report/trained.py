"""How a run was trained: what, on what, by which schedule, what each phase cost, and the command for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.schedule import SETTINGS, Phase
from effnetv2_keras.configs.train_command import train_command
from effnetv2_keras.report.html import code, command, details, facts, percent, plural, section, table
from effnetv2_keras.runs.history import Row, read_history
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml
from effnetv2_keras.runs.times import read_times


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run directory keeps of a training; what a run that was begun before does not have is empty here.

    Args:
        run: the directory.
        recipe: how it was trained.
        rows: the history, a row an epoch.
        times: what each epoch took.
        data: what the data were.
        result: what a finished run ended with.
    """

    run: RunDirectory
    recipe: Recipe
    rows: Sequence[Row]
    times: Sequence[Row]
    data: dict[str, Any]
    result: dict[str, Any]

    @classmethod
    def of(cls, run: RunDirectory) -> Trained:
        """Reads a run directory.

        Raises:
            DataError: if the recipe is not there, or a file of it holds anything else.
        """
        return cls(
            run,
            run.recipe(),
            read_history(run.history_file),
            read_times(run.times_file),
            read_yaml(run.data_file) if run.data_file.is_file() else {},
            read_yaml(run.result_file) if run.is_finished else {},
        )

    @property
    def best_epoch(self) -> int | None:
        """The epoch, 1-based, with the best accuracy on what it was chosen by."""
        measured = [row for row in self.rows if "val_accuracy" in row]
        return int(max(measured, key=lambda row: row["val_accuracy"])["epoch"]) if measured else None

    @property
    def seconds(self) -> float:
        """What all epochs took, 0 where nobody looked at the clock."""
        return sum(row["seconds"] for row in self.times)


def trained_section(trained: Trained) -> str:
    """Returns what was trained, on what, by what schedule, with the command."""
    body = facts(_facts(trained)) + _phases(trained)
    body += f"<h3>The command</h3>{command(train_command(trained.run.settings(), trained.run.path))}"
    body += details("The whole recipe", code(trained.run.recipe_file.read_text(encoding="utf-8")))
    body += details("The network", code(str(trained.run.config())))
    return section("trained", "What was trained", body)


def duration(seconds: float) -> str:
    """Writes a time in the two units that matter.

    >>> duration(42.4), duration(200), duration(7300)
    ('42 s', '3 min 20 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def _facts(trained: Trained) -> list[tuple[str, str]]:
    recipe = trained.recipe
    config = trained.run.config()
    cost = profile(config, recipe.eval_size, len(trained.run.labels())).total
    network = (
        f"{config.name}: {cost.parameters / 1e6:,.2f} million parameters, "
        f"{cost.macs / 1e6:,.0f} million multiply-adds at {recipe.eval_size} px"
    )
    found = [
        ("network", network),
        ("recipe", recipe.name if recipe.source == "a user's own" else f"{recipe.name} ({recipe.source})"),
        ("data", _data(trained)),
        ("steps", _steps(recipe)),
        ("result", _result(trained)),
    ]
    if trained.seconds:
        found.append(("time", f"{duration(trained.seconds)} for {plural(len(trained.times), 'epoch')}"))
    return found


def _data(trained: Trained) -> str:
    data = trained.data
    told = [trained.run.settings().data]
    if data:
        told.append(f"{data['num_training_images']:,} training and {data['num_validation_images']:,} validation images")
        several = ", several an image" if data.get("head") == "sigmoid" else ""
        told.append(f"{plural(data['num_classes'], 'class', 'classes')}{several}")
    bad = (trained.result or data).get("num_bad_files", 0)
    return ", ".join([*told, plural(bad, "unreadable file")] if bad else told)


def _steps(recipe: Recipe) -> str:
    rate = recipe.learning_rate
    return (
        f"{recipe.batch_size} images a step, {recipe.optimizer.name}, learning rate up to "
        f"{recipe.peak_learning_rate:.3g} ({rate.course.replace('_', ' ')}), weight decay "
        f"{recipe.optimizer.weight_decay:g}, label smoothing {recipe.label_smoothing:g}"
    )


def _result(trained: Trained) -> str:
    result, epochs = trained.result, trained.recipe.schedule.epochs
    if not result:
        best = f", the best so far is epoch {trained.best_epoch}" if trained.best_epoch else ""
        return f"not finished: {len(trained.rows)} of {plural(epochs, 'epoch')}{best}"
    told = f"{percent(result['val_accuracy'], 2)} of the validation images, with the weights of epoch {result['epoch']}"
    if "holdout_accuracy" in result:
        return f"{told}, which the holdout chose ({percent(result['holdout_accuracy'], 2)})"
    return f"{told}, the best of {len(trained.rows)}"


def _phases(trained: Trained) -> str:
    turned = trained.recipe.schedule.turned
    columns = ["phase", "epochs", "image size", *(name.replace("_", " ") for name in turned)]
    columns += ["images/s", "time"] if trained.times else []
    rows = [_phase(trained, phase, turned) for phase in trained.recipe.schedule.phases]
    return f"<h3>The schedule</h3>{table(columns, rows, 'What each phase of the schedule sets, and what it took')}"


def _phase(trained: Trained, phase: Phase, turned: Sequence[str]) -> list[str]:
    first, last = phase.first_epoch + 1, phase.last_epoch + 1
    cells = [str(phase.index + 1), f"{first}" if first == last else f"{first} to {last}", f"{phase.image_size} px"]
    cells += [SETTINGS[name][1].format(getattr(phase, name)) for name in turned]
    if trained.times:
        took = [row for row in trained.times if first <= row["epoch"] <= last]
        steps = sum(row["steps"] for row in took)
        step_seconds = sum(row["steps"] / row["images_per_second"] for row in took)
        cells.append(f"{steps / step_seconds:,.0f}" if step_seconds else "-")
        cells.append(duration(sum(row["seconds"] for row in took)) if took else "-")
    return cells
