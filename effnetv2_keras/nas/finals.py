"""The best networks of a search trained again, longer and several times, which decides between them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.nas.funnel import Facts, Funnel
from effnetv2_keras.nas.outcome import Row
from effnetv2_keras.nas.point import Point
from effnetv2_keras.nas.proxy import Proxy
from effnetv2_keras.nas.space import SearchSpace


@dataclass(frozen=True, slots=True)
class Final:
    """A network that was trained again.

    Attributes:
        row: its trial; None for the backbone of the space, trained beside as the yardstick.
        network: the point as text, or the backbone's name.
        facts: of the network.
        accuracies: one a seed, in [0, 1].
        reward: that the mean accuracy earns.
    """

    row: Row | None
    network: str
    facts: Facts
    accuracies: tuple[float, ...]
    reward: float

    @property
    def accuracy(self) -> float:
        """The mean over the seeds."""
        return statistics.mean(self.accuracies)

    @property
    def spread(self) -> float:
        """The standard deviation over the seeds, no number of one."""
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else float("nan")


def train_finals(
    rows: Sequence[Row], space: SearchSpace, funnel: Funnel, kept: Path, say: Callable[[str], None]
) -> list[Final]:
    """Trains the best trials and the backbone again; returns them, the best first.

    What is trained is kept in a file at once, so that an interrupted search does not train it twice.

    Args:
        rows: the best trials.
        space: they are of.
        funnel: of the search.
        kept: JSON file of what is done.
        say: is told what happens.
    """
    settings, source = funnel.settings, funnel.proxy.source
    proxy = Proxy(source, settings.final_size, settings.final_epochs, settings.batch_size, settings.seed)
    done: dict[str, list[float]] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    finals = []
    candidates: list[tuple[Row | None, str, Any, Facts]] = [
        (row, row.network, space.config(Point.parse(row.network)), row.facts) for row in rows if row.facts
    ]
    candidates.append((None, space.backbone.name, space.backbone, _backbone_facts(funnel)))
    for row, network, config, facts in candidates:
        for seed in range(settings.seed, settings.seed + settings.final_seeds):
            runs = done.setdefault(network, [])
            if len(runs) > seed - settings.seed:
                continue
            say(f"training {network} for {settings.final_epochs} epochs at {settings.final_size} px, seed {seed}")
            runs.append(proxy.train(proxy.classifier(config, seed)))
            write_text(kept, json.dumps(done, indent=1))
        accuracies = tuple(done[network])
        finals.append(Final(row, network, facts, accuracies, funnel.reward(statistics.mean(accuracies), facts)))
    return sorted(finals, key=lambda final: -final.reward)


def _backbone_facts(funnel: Funnel) -> Facts:
    cost = funnel.reference_cost
    return Facts(cost.parameters, cost.macs, cost.activations, time=1.0)
