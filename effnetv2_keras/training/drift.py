"""What has changed between two parts of a run, and whether it may go on all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from effnetv2_keras.configs.plain import to_plain
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.fingerprint import fingerprint
from effnetv2_keras.data.manifest import Source
from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.table import write_table
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml
from effnetv2_keras.training.checkpoint import Position
from effnetv2_keras.training.from_recipe import network_of

NAMED = 8  # differences that are told one by one


def marks_of(recipe: Recipe, source: Source, place: str) -> dict[str, Any]:
    """Returns what tells the network and the data of a run from others, as plain values.

    Args:
        recipe: names the network.
        source: the data, before anything is kept back.
        place: where they lie; see `fingerprint`.

    Raises:
        UsageError: for an unknown network, or a file that `load_config` refuses.
    """
    network = to_plain(network_of(recipe))
    network["stages"] = [" ".join(map(str, stage.values())) for stage in network["stages"]]
    return {"network": network, **{split.name: fingerprint(split, place) for split in source.splits}}


def check_drift(run: RunDirectory, settings: TrainSettings, marks: dict[str, Any], *, allow: bool) -> list[str]:
    """Returns how a run that goes on differs from the part before, as "name: there -> here".

    Raises:
        UsageError: if there are differences and `allow` is not set.
    """
    before = read_yaml(run.fingerprint_file) if run.fingerprint_file.is_file() else marks
    changed = differences(before, marks)
    if changed and not allow:
        raise UsageError(
            f"{run.path} holds a run on other data or of another network ({_some(changed)}): take another --out, "
            f"--overwrite to replace it, or --allow-config-drift to go on."
        )
    return run.drift(settings) + changed


def record_drift(
    run: RunDirectory, settings: TrainSettings, changed: list[str], position: Position, say: Callable[[str], None]
) -> None:
    """Tells of the differences, and keeps them with where they begin to hold."""
    say(f"going on with other settings, as allowed ({_some(changed)})")
    run.keep_settings(settings)
    before = run.drift_file.read_text(encoding="utf-8").splitlines()[1:] if run.drift_file.is_file() else []
    rows = [line.split(",", 2) for line in before]
    rows += [[str(position.epoch + 1), str(position.step), change] for change in changed]
    write_table(run.drift_file, ("epoch", "step", "change"), rows)


def differences(before: Any, now: Any, name: str = "") -> list[str]:
    """Returns what differs between two trees of plain values, dotted.

    >>> differences({"train": {"images": 8, "classes": {"cat": 4}}}, {"train": {"images": 9, "classes": {"cat": 4}}})
    ['train.images: 8 -> 9']
    """
    if isinstance(before, dict) and isinstance(now, dict):
        names = list(dict.fromkeys([*before, *now]))
        return [
            line
            for key in names
            for line in differences(before.get(key), now.get(key), f"{name}.{key}" if name else str(key))
        ]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = enumerate(zip(before, now, strict=True))
        return [line for i, (old, new) in pairs for line in differences(old, new, f"{name}.{i}")]
    return [] if before == now else [f"{name}: {_short(before)} -> {_short(now)}"]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}..."


def _some(changed: list[str]) -> str:
    more = f"; and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
    return "; ".join(changed[:NAMED]) + more
