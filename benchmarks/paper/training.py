"""A cell that trains: small networks on pictures in memory, published ones as `effnetv2 train` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from progressive_ways import OPERATIONS, Setup

from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.recipe import AugmentationSpec
from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.configs.schema import ModelConfig
from paper.bench import Bench
from paper.experiment import Tell, Work
from paper.heat import maps_of
from paper.presets import GLYPHS, Preset
from paper.recipe_run import RecipeRun

HELD = 0.7  # just short of where the last of four phases begins
SECONDS_A_MAC = 0.3e-9  # of a training step, for small networks on one thread
SECONDS_A_STEP = 0.008  # beside


@dataclass(frozen=True, slots=True)
class Train:
    """Trains a small network; its seconds are those of its steps and of making pictures small.

    Attributes:
        setup: the network and all that trainings of it share; it is tested at `setup.side`.
        schedule: what each epoch gets.
        data: `GLYPHS` or a folder.
        images: to train on, to measure on.
        maps: pictures that Grad-CAM explains afterwards.
        held: share of the training at the peak of the learning rate.
    """

    setup: Setup
    schedule: Schedule
    data: str
    images: tuple[int, int]
    maps: int = 0
    held: float = HELD
    is_seeded = True

    @property
    def cost(self) -> float:
        """Seconds of CPU, roughly."""
        return sum(phase.num_epochs * self._epoch_cost(phase.image_size) for phase in self.schedule.phases)

    def _epoch_cost(self, size: int) -> float:
        macs = profile(self.setup.network, size, self.setup.num_classes).total.macs
        return self.images[0] * (macs * SECONDS_A_MAC + SECONDS_A_STEP / self.setup.batch)

    def run(self, seed: int, bench: Bench, tell: Tell) -> dict:
        """Trains anew; accuracy is on the test pictures, at the end and along the way on some of them."""
        trainer = bench.trainer(self.setup, self.data, self.images)
        shares = self._shares()
        measured = trainer.train(self.schedule, self.held, seed, lambda said: tell(next(shares)))
        cost = profile(self.setup.network, self.setup.side, self.setup.num_classes).total
        heat = maps_of(trainer.classifier.network, self.setup.side, self.data, bench, self.maps) if self.maps else {}
        seconds = round(measured["seconds"], 3)
        about = {"epochs": self.schedule.epochs, "parameters": cost.parameters, "macs": cost.macs}
        return {**about, **measured, "seconds": seconds, "side": self.setup.side, **heat}

    def _shares(self) -> Iterator[float]:
        for phase in self.schedule.phases:
            yield from [self._epoch_cost(phase.image_size) / self.cost] * phase.num_epochs


def training(
    preset: Preset,
    network: ModelConfig,
    schedule: Schedule,
    *,
    test_size: int | None = None,
    recipe: str = "paper:efficientnetv2-s",
    maps: int = 0,
) -> Work:
    """Returns the work of a training under a preset.

    Args:
        preset: tells the data and whether the published setting is asked for.
        network: what is trained.
        schedule: what each epoch gets.
        test_size: px; None for the schedule's last.
        recipe: whose optimizer, batch, crops and augmentation the published setting takes.
        maps: pictures that Grad-CAM explains afterwards.
    """
    side = test_size or schedule.last_phase.image_size
    if preset.is_published:
        base = get_recipe(recipe)
        changed = base.replace(name=f"{base.name}, {network.name}", schedule=schedule, eval_size=side)
        return RecipeRun(changed, network, preset.data, maps)
    if preset.data == GLYPHS:
        setup = Setup(network, preset.num_classes, side, preset.batch)
    else:
        usual = AugmentationSpec()
        setup = Setup(network, preset.num_classes, side, preset.batch, OPERATIONS, usual.num_layers, flip=usual.flip)
    return Train(setup, schedule, preset.data, preset.images, maps)
