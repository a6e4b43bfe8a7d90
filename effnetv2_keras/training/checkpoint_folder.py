"""The newest checkpoints of a run, each with what tells whether it is whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras

from effnetv2_keras.errors import DataError
from effnetv2_keras.files.atomic import clear_left_behind, write_text
from effnetv2_keras.files.digest import sha256_of
from effnetv2_keras.runs.run_directory import CHECKPOINTS
from effnetv2_keras.training.checkpoint import Progress, save_checkpoint


class CheckpointFolder:
    """Holds files like `epoch-0003-step-000120.npz` with a `.sha256` each, as `sha256sum --check` reads it.

    A checkpoint counts once its SHA-256 stands beside it: that is written last, so one that was broken off does not.

    Args:
        folder: where they lie.
        keep: how many of the newest stay.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self.folder = folder
        self.keep = keep

    def save(self, model: keras.Model, progress: Progress) -> Path:
        """Writes a checkpoint and removes those that are too many.

        Raises:
            NotFinite: see `save_checkpoint`.
            OSError: if there is no room; the checkpoints before stay as they were.
        """
        position = progress.position
        path = self.folder / f"epoch-{position.epoch + 1:04d}-step-{position.step:06d}.npz"
        sign = _sign_of(path)
        sign.unlink(missing_ok=True)  # of one of the same name, which is about to be replaced
        try:
            save_checkpoint(path, model, progress)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
        write_text(sign, f"{sha256_of(path)}  {path.name}\n")
        for old in self.newest_first()[self.keep :]:
            old.unlink(missing_ok=True)
            _sign_of(old).unlink(missing_ok=True)
        return path

    def newest_first(self) -> list[Path]:
        """Returns the checkpoints that were written to their end, the newest first."""
        return sorted((path for path in self.folder.glob(CHECKPOINTS) if _sign_of(path).is_file()), reverse=True)

    def newest_whole(self, say: Callable[[str], None]) -> Path | None:
        """Returns the newest checkpoint that is what was written, None where there is none at all.

        What a killed process left behind is cleared away.

        Args:
            say: told of each checkpoint that is damaged, and of the one that is used instead.

        Raises:
            DataError: if there are some and all of them are damaged.
        """
        if not self.folder.is_dir():
            return None
        clear_left_behind(self.folder)
        found = self.newest_first()
        for left in set(self.folder.glob(CHECKPOINTS)) - set(found):
            say(f"checkpoint {left.name} was not written to its end: removed")
            left.unlink()
        damaged: list[Path] = []
        for path in found:
            if _sign_of(path).read_text(encoding="utf-8").split()[:1] == [sha256_of(path)]:
                if damaged:
                    say(f"using the checkpoint before: {path.name}")
                return path
            damaged.append(path)
            say(f"checkpoint {path.name} is damaged: its SHA-256 is not the one that was written down")
        if damaged:
            raise DataError(
                f"At least one checkpoint in {self.folder} must be whole: --overwrite begins anew. "
                f"Got: {len(damaged)}, all damaged."
            )
        return None


def _sign_of(path: Path) -> Path:
    return path.with_suffix(".sha256")
