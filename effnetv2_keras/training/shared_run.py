"""The files of a run that goes on, as bytes that can be sent to other machines."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from effnetv2_keras.runs.run_directory import RunDirectory
from effnetv2_keras.training.checkpoint_folder import CheckpointFolder

KINDS = (".yaml", ".csv", ".txt", ".h5")


def files_of(run: Path) -> bytes:
    """Returns what a run needs to go on: its own files, and the newest checkpoint with its SHA-256; none for no run."""
    directory = RunDirectory(run)
    if not directory.is_run:
        return b""
    chosen = [path for path in sorted(run.iterdir()) if path.is_file() and path.suffix in KINDS]
    newest = CheckpointFolder(directory.checkpoints, 1).newest_whole(lambda _: None)
    if newest is not None:
        chosen += [newest, newest.with_suffix(".sha256")]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in chosen:
            archive.write(path, path.relative_to(run).as_posix())
    return packed.getvalue()


def write_files(content: bytes, run: Path) -> None:
    """Writes what `files_of` returned."""
    if not content:
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            path = run / Path(name).name if "/" not in name else run / Path(name).parent.name / Path(name).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(name))
