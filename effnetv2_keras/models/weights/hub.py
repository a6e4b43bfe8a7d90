"""Weights of a repository of Hugging Face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from effnetv2_keras.errors import DataError, UsageError

# What a repository may call its weights, the best to have first.
SUFFIXES = (".weights.h5", ".keras", ".safetensors", ".h5", ".tgz", ".tar.gz", ".pth", ".pt", "pytorch_model.bin")
PYTORCH = (".safetensors", ".pth", ".pt", ".bin")
BESIDE = "config.json"  # says which network of timm its weights are of


def fetch_from_hub(address: str) -> Path:
    """Returns the local copy of weights on the hub, downloaded into its own cache where it is not there yet.

    Args:
        address: hf://ORG/NAME for the only weights of a repository, hf://ORG/NAME/FILE for a file of it; NAME@REVISION
            for a branch, a tag or a commit.

    Raises:
        UsageError: for another address, or without huggingface_hub.
        DataError: if the repository or the file is not there, or it has several files of weights.
    """
    org, _, rest = address.removeprefix("hf://").partition("/")
    name, _, file = rest.partition("/")
    name, _, revision = name.partition("@")
    if not org or not name:
        raise UsageError(f"`weights` on Hugging Face must be hf://ORG/NAME or hf://ORG/NAME/FILE. Got: {address!r}.")
    try:
        import huggingface_hub as hub
    except ImportError as error:
        raise UsageError(
            f"Weights of Hugging Face need a library that is not installed ({error.name}): "
            f"pip install 'effnetv2_keras[hf]'."
        ) from error
    repository = f"{org}/{name}"
    try:
        files = [] if file and not file.endswith(PYTORCH) else _files(repository, revision or None)
        chosen = file or _choose(address, files)
        if chosen.endswith(PYTORCH) and BESIDE in files:
            hub.hf_hub_download(repository, BESIDE, revision=revision or None)
        return Path(hub.hf_hub_download(repository, chosen, revision=revision or None))
    except (hub.errors.HfHubHTTPError, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{address} must be there to be downloaded. Got: {str(error).strip().splitlines()[0]}"
        ) from error


def _files(repository: str, revision: str | None) -> list[str]:
    """Returns the files of a repository; without a network those that are in the hub's cache."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return HfApi().list_repo_files(repository, revision=revision)
    except HfHubHTTPError:
        raise
    except Exception as error:  # no network: what its client raises then changes from version to version
        try:
            folder = Path(snapshot_download(repository, revision=revision, local_files_only=True))
        except OSError:
            raise OSError(f"{error} (and it is not in the cache)") from error
        return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]


def _choose(address: str, files: Sequence[str]) -> str:
    for suffix in SUFFIXES:
        found = [file for file in files if file.endswith(suffix)]
        if len(found) > 1:
            raise DataError(f"{address} must name one of its files, {', '.join(found[:3])}. Got: no file.")
        if found:
            return found[0]
    raise DataError(f"{address} must have a file of weights ({', '.join(SUFFIXES)}). Got: {', '.join(files[:3])}.")
