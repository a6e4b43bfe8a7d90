"""Archives of weights, unpacked member by member: nothing is written outside the folder, and nothing but files."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from effnetv2_keras.errors import DataError

SUFFIXES = (".tgz", ".tar.gz", ".tar")
MAX_MEMBERS = 1000
MAX_RATIO = 100  # weights are floats: they shrink by a tenth, not to a hundredth
FREE_BYTES = 2**26  # however small the archive is
CHUNK = 2**20


def is_archive(path: Path) -> bool:
    """Tells whether `path` is called like an archive."""
    return path.name.endswith(SUFFIXES)


def stem_of(path: Path) -> str:
    """Returns the name of a file or folder without the suffixes of archives.

    >>> stem_of(Path("downloads/efficientnetv2-s-21k.tgz"))
    'efficientnetv2-s-21k'
    """
    suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), "")
    return path.name.removesuffix(suffix)


def unpack(archive: Path, folder: Path) -> None:
    """Writes the files of an archive into a new or empty `folder`.

    Raises:
        DataError: for a path that leads outside, a link or a device, too many members, far more bytes than the
            archive has, or an archive that is cut off. Files that were written by then stay in `folder`.
    """
    left = max(FREE_BYTES, MAX_RATIO * archive.stat().st_size)
    try:
        with tarfile.open(archive, "r:*") as tar:
            for number, member in enumerate(tar):
                _check(archive, member, number, left)
                left -= member.size
                if member.isreg():
                    source = tar.extractfile(member)
                    assert source is not None
                    _write(source, folder / PurePosixPath(member.name))
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(f"{archive} must be a whole archive. Got: {error}.") from error


def _check(archive: Path, member: tarfile.TarInfo, number: int, left: int) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise DataError(f"Members of {archive} must lie inside its folder. Got: {member.name!r}.")
    if not (member.isreg() or member.isdir()):
        raise DataError(f"Members of {archive} must be files, no links and no devices. Got: {member.name!r}.")
    if number >= MAX_MEMBERS:
        raise DataError(f"{archive} must have at most {MAX_MEMBERS} members. Got: more.")
    if member.size > left:
        raise DataError(
            f"{archive} must not hold more than {MAX_RATIO} times its own size. "
            f"Got: {member.name!r} with {member.size} bytes."
        )


def _write(source: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        while chunk := source.read(CHUNK):
            file.write(chunk)
