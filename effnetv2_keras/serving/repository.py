"""The versions that are loaded, and how they come and go while requests are answered.

Source: TF Serving, `aspired_versions_manager.cc` with its availability-preserving policy: a new version is loaded and
warmed up before the old one goes, and the old one goes when its last request is answered.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from effnetv2_keras.serving.model_source import ModelSource
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.servable import Servable
from effnetv2_keras.serving.version_state import State, Version

LOG = logging.getLogger("effnetv2.serving")
Loader = Callable[[str, int, Path], Servable]
PATIENCE = 30.0  # s, for the last requests of a server that is stopped


class Repository:
    """Holds models by name and version.

    Args:
        load: opens a version and warms it up; raises `Refusal` if it cannot.
        retries: how often loading a version is tried again.
        retry_seconds: s in between.
    """

    def __init__(self, load: Loader, *, retries: int = 5, retry_seconds: float = 60.0) -> None:
        self._load, self._retries, self._retry_seconds = load, retries, retry_seconds
        self._sources: dict[str, ModelSource] = {}
        self._versions: dict[str, dict[int, Version]] = {}
        self._changed = threading.Condition()  # guards all of the above
        self._turn = threading.Lock()  # one thread loads at a time
        self._unloading: list[threading.Thread] = []
        self._seen_missing: set[str] = set()

    def set_models(self, sources: Sequence[ModelSource]) -> None:
        """Says which models there are from now on; `refresh` loads and unloads."""
        with self._changed:
            self._sources = {source.name: source for source in sources}

    def refresh(self) -> None:
        """Looks for versions, loads what is new and unloads what is no longer wanted."""
        with self._turn:
            with self._changed:
                sources = dict(self._sources)
                gone = [name for name in self._versions if name not in sources]
            for source in sources.values():
                self._refresh_model(source)
            for name in gone:
                self._retire(name, keep=())
            self._unloading = [thread for thread in self._unloading if thread.is_alive()]

    @contextmanager
    def lease(self, model: str, version: int | None = None, label: str | None = None) -> Iterator[Servable]:
        """Gives a version that stays loaded inside the `with`: the highest where none is named.

        Raises:
            Refusal: NOT_FOUND, or INVALID_ARGUMENT for an unknown label.
        """
        with self._changed:
            chosen = self._choose(model, version, label)
            chosen.users += 1
        try:
            assert chosen.servable is not None  # as long as it is AVAILABLE, and after that until its users are gone
            yield chosen.servable
        finally:
            with self._changed:
                chosen.users -= 1
                self._changed.notify_all()

    def status(self, model: str, version: int | None = None) -> list[Version]:
        """Returns the versions of a model that there are or have been, the newest first.

        Raises:
            Refusal: NOT_FOUND.
        """
        with self._changed:
            known = self._versions.get(model, {})
            if not known:
                raise Refusal("NOT_FOUND", f"Could not find any versions of model {model}")
            if version is not None and version not in known:
                raise Refusal("NOT_FOUND", f"Could not find version {version} of model {model}")
            return [known[number] for number in sorted(known, reverse=True) if version in (None, number)]

    @property
    def models(self) -> list[str]:
        """The names of the models there should be."""
        with self._changed:
            return list(self._sources)

    @property
    def is_ready(self) -> bool:
        """Whether every model has a version that answers."""
        with self._changed:
            return all(self._available(name) for name in self._sources)

    def unready_labels(self) -> list[str]:
        """Returns "model/label" for labels whose version does not answer."""
        with self._changed:
            return [
                f"{source.name}/{label}"
                for source in self._sources.values()
                for label, version in source.labels.items()
                if version not in self._available(source.name)
            ]

    def close(self) -> None:
        """Unloads everything, after the requests that are being answered."""
        with self._changed:
            self._sources = {}
        self.refresh()
        for thread in self._unloading:
            thread.join(PATIENCE)

    def _choose(self, model: str, version: int | None, label: str | None) -> Version:
        available = self._available(model)
        if label is not None:
            source = self._sources.get(model)
            if source is None:
                raise Refusal("NOT_FOUND", f"Servable not found for request: Latest({model})")
            if label not in source.labels:
                raise Refusal("INVALID_ARGUMENT", f"Unrecognized servable version label: {label}")
            version = source.labels[label]
        if version is not None and version not in available:
            raise Refusal("NOT_FOUND", f"Servable not found for request: Specific({model}, {version})")
        if not available:
            raise Refusal("NOT_FOUND", f"Servable not found for request: Latest({model})")
        return available[max(available) if version is None else version]

    def _available(self, model: str) -> dict[int, Version]:
        return {n: v for n, v in self._versions.get(model, {}).items() if v.state is State.AVAILABLE}

    def _refresh_model(self, source: ModelSource) -> None:
        try:
            folders = source.folders()
        except OSError as error:  # a disk that is away for a moment takes no model with it
            if source.name not in self._seen_missing:
                LOG.warning("%s: no versions found: %s", source.name, error)
            self._seen_missing.add(source.name)
            return
        self._seen_missing.discard(source.name)
        for number, folder in folders.items():
            version = self._begin(source.name, number)
            if version is not None:
                self._open(source.name, version, folder)
        with self._changed:
            can_go = not folders or any(number in folders for number in self._available(source.name))
        if can_go:
            self._retire(source.name, keep=folders)

    def _begin(self, model: str, number: int) -> Version | None:
        """Returns the version if it is to be loaded now."""
        with self._changed:
            known = self._versions.setdefault(model, {})
            version = known.get(number)
            if version is None or (version.state is State.END and version.code == "OK"):
                known[number] = version = Version(number)
            if version.state is State.END and version.tries <= self._retries and time.monotonic() >= version.next_try:
                version.state = State.START
            if version.state is not State.START:
                return None
            version.state = State.LOADING
            return version

    def _open(self, model: str, version: Version, folder: Path) -> None:
        try:
            servable = self._load(model, version.number, folder)
        except Exception as error:  # whatever a model does, the server goes on with the others
            refusal = error if isinstance(error, Refusal) else Refusal("UNKNOWN", f"{type(error).__name__}: {error}")
            LOG.error("%s/%d cannot be served: %s", model, version.number, refusal.message)
            with self._changed:
                version.state, version.code, version.message = State.END, refusal.code, refusal.message
                version.tries += 1
                version.next_try = time.monotonic() + self._retry_seconds
            return
        with self._changed:
            version.servable = servable
            version.state, version.code, version.message = State.AVAILABLE, "OK", ""
        LOG.info("%s/%d is served", model, version.number)

    def _retire(self, model: str, keep: Sequence[int] | dict[int, Path]) -> None:
        with self._changed:
            old = [v for number, v in self._available(model).items() if number not in keep]
            for version in old:
                version.state = State.UNLOADING
        for version in old:
            thread = threading.Thread(target=self._close, args=(model, version), daemon=True)
            thread.start()
            self._unloading.append(thread)

    def _close(self, model: str, version: Version) -> None:
        with self._changed:
            self._changed.wait_for(lambda: version.users == 0)
            servable, version.servable = version.servable, None
        if servable is not None:
            servable.close()
        with self._changed:
            version.state = State.END
        LOG.info("%s/%d is unloaded", model, version.number)
