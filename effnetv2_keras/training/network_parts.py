"""Which part of a network a weight belongs to."""

from __future__ import annotations

import re

# a block of ours, or of a network from elsewhere: what stands before the first underscore ("block2a_expand_conv")
PART = re.compile(r"stage\d+_block\d+|[^_/]+")


def part_of(path: str) -> str:
    """Returns the part of a network that a weight belongs to.

    >>> part_of("stage3_block2/stage3_block2_expand/stage3_block2_expand_conv/kernel"), part_of("stem/stem_bn/gamma")
    ('stage3_block2', 'stem')
    """
    match = PART.match(path)
    return path if match is None else match.group()
