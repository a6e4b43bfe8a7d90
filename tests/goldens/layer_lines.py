"""State dicts of PyTorch as a page one can read: a line a layer, equal blocks of a stage in one.

`{"blocks.1.[1-2].bn1": "norm 24"}` stands for the weight, bias, running mean, running variance and counter of two
layers; `"10 1280 +bias"` for a weight of that shape with a bias.
"""

import re
from collections import defaultdict
from itertools import pairwise

NORM = ("weight", "bias", "running_mean", "running_var")
COUNTER = "num_batches_tracked"
NUMBERED = re.compile(r"^(blocks(?:\.\d+)?|features\.\d+)\.(\d+)\.(\D.*)$")
RANGE = re.compile(r"^(.*)\[(\d+)-(\d+)\](.*)$")


def to_lines(shapes):
    """Returns the lines of a state dict given as {name: shape}."""
    parts = defaultdict(dict)
    for name, shape in shapes.items():
        layer, _, part = name.rpartition(".")
        parts[layer][part] = tuple(shape)
    alike = defaultdict(list)
    for layer, found in parts.items():
        text = " ".join(map(str, found["weight"]))
        kind = f"norm {text}" if COUNTER in found else f"{text} +bias" if "bias" in found else text
        match = NUMBERED.match(layer)
        before, number, after = match.groups() if match else (layer, None, None)
        alike[before, after, kind].append(number)
    lines = {}
    for (before, after, kind), numbers in alike.items():
        if after is None:
            lines[before] = kind
            continue
        for first, last in runs(map(int, numbers)):
            lines[f"{before}.[{first}-{last}].{after}"] = kind
    return lines


def to_shapes(lines):
    """Returns {name: shape} of every tensor that the lines stand for."""
    shapes = {}
    for line, kind in lines.items():
        match = RANGE.match(line)
        layers = [line]
        if match:
            before, first, last, after = match.groups()
            layers = [f"{before}{number}{after}" for number in range(int(first), int(last) + 1)]
        words = kind.split()
        shape = tuple(int(word) for word in words if word.isdecimal())
        for layer in layers:
            if words[0] == "norm":
                shapes |= {f"{layer}.{part}": shape for part in NORM} | {f"{layer}.{COUNTER}": ()}
                continue
            shapes[f"{layer}.weight"] = shape
            if words[-1] == "+bias":
                shapes[f"{layer}.bias"] = shape[:1]
    return shapes


def runs(numbers):
    """Yields the first and last of each stretch of numbers that follow one another."""
    numbers = sorted(numbers)
    breaks = [index for index, (one, next_one) in enumerate(pairwise(numbers), start=1) if next_one != one + 1]
    for start, stop in zip([0, *breaks], [*breaks, len(numbers)], strict=True):
        yield numbers[start], numbers[stop - 1]
