"""Which models a server holds, and which of their versions.

Source: TF Serving, `model_server_config.proto`, `file_system_storage_path_source.proto`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LARGEST_VERSION = 2**63 - 1


@dataclass(frozen=True, slots=True)
class VersionPolicy:
    """Which of the versions present are served; by default the latest.

    Args:
        latest: how many, from the highest number down.
        specific: these and no other, where there are any.
        is_all: all of them.
    """

    latest: int = 1
    specific: tuple[int, ...] = ()
    is_all: bool = False

    def choose(self, versions: list[int]) -> list[int]:
        """Returns those to serve, rising."""
        present = sorted(versions)
        if self.specific:
            return [version for version in present if version in self.specific]
        return present if self.is_all else present[-self.latest :]


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model.

    Args:
        name: as requests have it.
        base_path: holds a folder a version, named by its number; other names are passed over.
        policy: which versions are served.
        labels: other names for versions.
    """

    name: str
    base_path: Path
    policy: VersionPolicy = VersionPolicy()
    labels: Mapping[str, int] = field(default_factory=dict)

    def folders(self) -> dict[int, Path]:
        """Returns the folders of the versions to serve.

        Raises:
            OSError: if `base_path` cannot be read.
        """
        found = {
            int(entry.name): entry
            for entry in self.base_path.iterdir()
            if entry.name.isascii() and entry.name.isdecimal() and len(entry.name) < 20 and entry.is_dir()
        }
        return {version: found[version] for version in self.policy.choose([v for v in found if v <= LARGEST_VERSION])}
