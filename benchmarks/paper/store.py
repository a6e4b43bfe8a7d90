"""The cells that are done, a file each, under what they depend on: another setting is another file."""

from __future__ import annotations

import json
from pathlib import Path

from effnetv2_keras.files.atomic import write_text
from paper.experiment import Cell


class Store:
    """A folder of cells."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, cell: Cell, seed: int) -> Path:
        """Returns where a cell is kept."""
        kind = type(cell.work).__name__.lower()
        return self.folder / f"{kind}-{cell.settings}-{seed}.json"

    def get(self, cell: Cell, seed: int) -> dict | None:
        """Returns the figures of a cell under the names it has now, None where it is not done."""
        path = self.path(cell, seed)
        if not path.is_file():
            return None
        return {**json.loads(path.read_text(encoding="utf-8")), "group": cell.group, "way": cell.way, "seed": seed}

    def put(self, cell: Cell, seed: int, figures: dict) -> None:
        """Keeps the figures of a cell."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {"group": cell.group, "way": cell.way, "seed": seed, **figures}
        write_text(self.path(cell, seed), json.dumps(kept) + "\n")
