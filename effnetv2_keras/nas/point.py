"""One network of a search space as data: what was chosen for each stage."""

from __future__ import annotations

import re
from dataclasses import dataclass

from effnetv2_keras.errors import UsageError

LETTERS = {"mbconv": "m", "fused": "f"}
OPERATOR_OF = {letter: operator for operator, letter in LETTERS.items()}
GENE = re.compile(r"([mf])(\d+)e(\d+)x(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Gene:
    """What is searched for one stage; its channels and its stride are the backbone's.

    Attributes:
        operator: "mbconv" or "fused".
        kernel: side of the spatial convolution.
        expand: hidden channels over input channels.
        layers: number of blocks.

    >>> str(Gene("fused", 3, 4, 2))
    'f3e4x2'
    """

    operator: str
    kernel: int
    expand: int
    layers: int

    def __str__(self) -> str:
        return f"{LETTERS[self.operator]}{self.kernel}e{self.expand}x{self.layers}"


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A network of a space: hashable, and equal exactly where the networks are.

    Attributes:
        genes: one a stage.

    >>> point = Point.parse("f3e1x2 m5e6x3")
    >>> point.genes[1].kernel, str(point)
    (5, 'f3e1x2 m5e6x3')
    """

    genes: tuple[Gene, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.genes))

    @classmethod
    def parse(cls, text: str) -> Point:
        """Reads what `str` writes: operator, kernel, expansion and layers of each stage.

        Raises:
            UsageError: if a part is something else.
        """
        found = [GENE.fullmatch(part) for part in text.split()]
        if not found or None in found:
            raise UsageError(f"A point must be written like 'f3e1x2 m5e6x3'. Got: {text!r}.")
        parts = [match.groups() for match in found if match]
        return cls(tuple(Gene(OPERATOR_OF[letter], *map(int, numbers)) for letter, *numbers in parts))
