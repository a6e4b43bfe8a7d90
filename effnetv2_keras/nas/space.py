"""The networks that a search chooses from: operator, kernel, expansion and layers of every stage of a backbone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from effnetv2_keras.configs.rules import check_at_least, check_choice, check_probability
from effnetv2_keras.configs.schema import ModelConfig, Stage
from effnetv2_keras.errors import UsageError
from effnetv2_keras.nas.point import LETTERS, Gene, Point

AXES = ("operator", "kernel", "expand", "layers")  # of a gene, in its order


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """Every network that has one of the options in each stage; there is no option to leave a stage out.

    Attributes:
        backbone: gives channels, strides, stem, head and image sizes.
        layers: the numbers of layers to choose from, a tuple a stage; () for 1 to twice the backbone's.
        operators: of "mbconv" and "fused".
        kernels: sides of the spatial convolution, odd.
        expansions: hidden channels over input channels.
        se: squeeze-and-excitation of an MBConv, over its input channels; a Fused-MBConv has none.

    Raises:
        UsageError: for another number of stages than the backbone's, options that are none or not different, or one out
            of its range.

    Source: Tan & Le 2021, section 3.2: the channels are those of the backbone, which were searched before.
    """

    backbone: ModelConfig
    layers: tuple[tuple[int, ...], ...] = ()
    operators: tuple[str, ...] = ("mbconv", "fused")
    kernels: tuple[int, ...] = (3, 5)
    expansions: tuple[int, ...] = (1, 4, 6)
    se: float = 0.25

    def __post_init__(self) -> None:
        rows = self.layers or tuple(tuple(range(1, 2 * stage.layers + 1)) for stage in self.backbone.stages)
        object.__setattr__(self, "layers", tuple(map(tuple, rows)))
        for name in ("operators", "kernels", "expansions"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        self._check()

    def _check(self) -> None:
        if len(self.layers) != len(self.backbone.stages):
            raise UsageError(
                f"`layers` must have options for each of the {len(self.backbone.stages)} stages. Got: {self.layers!r}."
            )
        for stage in range(len(self.layers)):
            for name, options in self.options(stage).items():
                if not options or len(set(options)) != len(options):
                    raise UsageError(f"`{name}` must have options that differ, at least one. Got: {options!r}.")
        for operator in self.operators:
            check_choice("operator", operator, tuple(LETTERS))
        for kernel in self.kernels:
            check_at_least("kernel", kernel, 1, odd=True)
        for number in (*self.expansions, *(count for row in self.layers for count in row)):
            check_at_least("expansions and layers", number, 1)
        check_probability("se", self.se)

    def options(self, stage: int) -> dict[str, tuple[Any, ...]]:
        """Returns what can be chosen for a stage (0-based), by axis."""
        values = (self.operators, self.kernels, self.expansions, self.layers[stage])
        return dict(zip(AXES, values, strict=True))

    def size(self) -> int:
        """Returns how many networks there are."""
        return math.prod(len(options) for stage in range(len(self.layers)) for options in self.options(stage).values())

    def sample(self, random: Random) -> Point:
        """Returns a network, each as likely as any other."""
        stages = range(len(self.layers))
        return Point(tuple(Gene(*(random.choice(axis) for axis in self.options(stage).values())) for stage in stages))

    def mutate(self, point: Point, random: Random) -> Point:
        """Returns `point` with another value on one axis of one stage, among those that have a choice.

        Raises:
            UsageError: for a point of another space, or a space of one network.
        """
        self.check(point)
        free = [
            (stage, name, options)
            for stage in range(len(self.layers))
            for name, options in self.options(stage).items()
            if len(options) > 1
        ]
        if not free:
            raise UsageError("A space of one network has nothing to mutate.")
        stage, name, options = random.choice(free)
        values = self.values(point)
        key = axis_name(stage, name)
        values[key] = random.choice([option for option in options if option != values[key]])
        return self.point(values)

    def values(self, point: Point) -> dict[str, Any]:
        """Returns the value of every axis, as `stage1.operator` and so on."""
        return {axis_name(stage, name): getattr(gene, name) for stage, gene in enumerate(point.genes) for name in AXES}

    def point(self, values: dict[str, Any]) -> Point:
        """Returns the point that `values` describe."""
        stages = range(len(self.layers))
        return Point(tuple(Gene(*(values[axis_name(stage, name)] for name in AXES)) for stage in stages))

    def check(self, point: Point) -> None:
        """Refuses a point of another space.

        Raises:
            UsageError: if it has another number of stages, or a value that is no option.
        """
        if len(point.genes) != len(self.layers):
            raise UsageError(f"A point must have {len(self.layers)} stages. Got: {point}.")
        for stage, gene in enumerate(point.genes):
            for name, options in self.options(stage).items():
                check_choice(axis_name(stage, name), getattr(gene, name), options)

    def config(self, point: Point, name: str | None = None) -> ModelConfig:
        """Returns the network as a `ModelConfig`.

        Args:
            point: of this space.
            name: of the network; None for the backbone's and the point.

        Raises:
            UsageError: for a point of another space.
        """
        self.check(point)
        rows = tuple(self._stage(row, gene) for row, gene in zip(self.backbone.stages, point.genes, strict=True))
        called = name or f"{self.backbone.name}-{'-'.join(map(str, point.genes))}"
        return self.backbone.replace(name=called, stages=rows, source=f"searched on {self.backbone.name}")

    def _stage(self, row: Stage, gene: Gene) -> Stage:
        se = 0.0 if gene.operator == "fused" else self.se
        return row.replace(operator=gene.operator, kernel=gene.kernel, expand=gene.expand, layers=gene.layers, se=se)

    def point_of(self, config: ModelConfig) -> Point:
        """Returns the point of a network that is in this space.

        Raises:
            UsageError: if it is not.
        """
        genes = tuple(Gene(row.operator, row.kernel, int(row.expand), row.layers) for row in config.stages)
        point = Point(genes)
        self.check(point)
        if self.config(point).stages != config.stages:
            raise UsageError(f"A network of this space has the channels and strides of {self.backbone.name}.")
        return point


def axis_name(stage: int, axis: str) -> str:
    """Returns the name of an axis; stages count from 1 as in the papers' tables.

    >>> axis_name(0, "kernel")
    'stage1.kernel'
    """
    return f"stage{stage + 1}.{axis}"
