"""What a network goes through, cheapest question first; most never come to be trained to the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from effnetv2_keras.configs.profile import Cost, profile
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.nas.proxy import Proxy
from effnetv2_keras.nas.reward import Reward, v1_reward
from effnetv2_keras.nas.settings import SearchSettings
from effnetv2_keras.training.classifier import Classifier

REFERENCE_EVERY = 10  # trials after which the reference network is timed again


class GaveUp(Exception):
    """The network is not worth going on with; the text says why."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a network before it is trained.

    Attributes:
        parameters: of the network.
        macs: multiply-adds at the final size.
        activations: numbers that its convolutions write, at the final size.
        time: seconds over the reference network's on the same machine.
    """

    parameters: int
    macs: int
    activations: int
    time: float = float("nan")


class Funnel:
    """Asks of a network: does its table keep the limits, does its time, can it still win, how well does it learn.

    Args:
        proxy: how it is trained.
        settings: of the search.
        reference: the network whose time the others' are compared with.
    """

    def __init__(self, proxy: Proxy, settings: SearchSettings, reference: ModelConfig) -> None:
        self.proxy = proxy
        self.settings = settings
        self.reference = reference
        self.reference_cost = self._cost(reference)
        self.reference_seconds = float("nan")
        self.timed = 0

    def time_reference(self) -> None:
        """Times the reference network, as every worker does at its start and now and then."""
        if self.timed % REFERENCE_EVERY == 0:
            self.reference_seconds = self.seconds(self.proxy.classifier(self.reference))
        self.timed += 1

    def seconds(self, classifier: Classifier) -> float:
        """Returns what is timed: a training step, or an answer at the final size of what is exported."""
        if self.settings.timed == "step":
            return self.proxy.step_seconds(classifier)
        from effnetv2_keras.nas.latency import latency_seconds  # the exporters' packages are asked for only here

        return latency_seconds(classifier, self.settings.timed, self.settings.final_size)

    def facts_of(self, config: ModelConfig) -> Facts:
        """Returns what the table alone tells, the limits kept.

        Raises:
            GaveUp: if one is broken.
        """
        cost, settings = self._cost(config), self.settings
        limits = (
            ("parameters", cost.parameters, settings.max_parameters),
            ("multiply-adds", cost.macs, settings.max_macs),
        )
        for name, value, most in limits:
            if most is not None and value > most:
                raise GaveUp(f"{value:,} {name}, at most {most:,} allowed")
        return Facts(cost.parameters, cost.macs, cost.activations)

    def timed_facts(self, facts: Facts, classifier: Classifier, best: float | None) -> Facts:
        """Returns `facts` with the network's time.

        Args:
            facts: from `facts_of`.
            classifier: of the network.
            best: the best reward so far.

        Raises:
            GaveUp: if it is too slow, or the network could not be the best even with an accuracy of 1.
        """
        self.time_reference()
        facts = replace(facts, time=self.seconds(classifier) / self.reference_seconds)
        slowest = self.settings.max_step_time
        if slowest is not None and facts.time > slowest:
            raise GaveUp(f"takes {facts.time:.2f} of the reference's time, at most {slowest:g} allowed")
        if best is not None and self.reward(1.0, facts) < best:
            raise GaveUp(f"earns {self.reward(1.0, facts):.4f} at most, the best has {best:.4f}")
        return facts

    def reward(self, accuracy: float, facts: Facts) -> float:
        """Returns what an accuracy earns a network."""
        if self.settings.reward == "v1":
            return v1_reward(accuracy, facts.macs, self.reference_cost.macs)
        return Reward().of(accuracy, facts.time, facts.parameters / self.reference_cost.parameters)

    def train(self, classifier: Classifier, facts: Facts, told: Callable[[int, float], bool]) -> tuple[float, float]:
        """Trains the network; returns accuracy and reward.

        Args:
            classifier: of the network.
            facts: from `timed_facts`.
            told: is given each epoch (1-based) and its reward; False ends the training.
        """
        accuracy = self.proxy.train(classifier, lambda epoch, seen: told(epoch, self.reward(seen, facts)))
        return accuracy, self.reward(accuracy, facts)

    def _cost(self, config: ModelConfig) -> Cost:
        return profile(config, self.settings.final_size, self.proxy.source.num_classes).total
