"""What a search ends with."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.nas.finals import Final
from effnetv2_keras.nas.outcome import Row
from effnetv2_keras.nas.ranks import spearman


@dataclass(frozen=True, slots=True)
class Standing:
    """How the networks that one sampler proposed did.

    Attributes:
        sampler: its name.
        proposed: networks of it.
        trained: of them, trained to their end.
        best: reward of the best of them; None where none was trained.
        mean: of their rewards.
    """

    sampler: str
    proposed: int
    trained: int
    best: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a search.

    Attributes:
        winner: the best network as a model.
        finals: those that were trained again, the best first, the space's backbone among them.
        rows: all trials.
    """

    winner: ModelConfig
    finals: list[Final]
    rows: list[Row]

    @property
    def agreement(self) -> float:
        """Rank correlation of the short training's reward with the long one's; no number for fewer than two."""
        both = [(final.row.reward, final.reward) for final in self.finals if final.row and final.row.reward is not None]
        return spearman([one for one, _ in both], [other for _, other in both])

    def standings(self) -> list[Standing]:
        """Returns a line a sampler, random search last."""
        names = sorted({row.sampler for row in self.rows if row.sampler}, key=lambda name: name == "random")
        return [self._standing(name) for name in names]

    def _standing(self, sampler: str) -> Standing:
        mine = [row for row in self.rows if row.sampler == sampler and row.state != "failed"]
        rewards = [row.reward for row in mine if row.state == "trained" and row.reward is not None]
        best, mean = (max(rewards), statistics.mean(rewards)) if rewards else (None, None)
        return Standing(sampler, len(mine), len(rewards), best, mean)
