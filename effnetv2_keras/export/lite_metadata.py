"""Tells MediaPipe, and whoever opens the file, what a TFLite file takes and gives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Literal

import numpy as np

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.lite.packing import pack_model
from effnetv2_keras.export.metadata_tables import Input, Output, pack_metadata
from effnetv2_keras.inference.lite_contents import LABELS, lite_schema
from effnetv2_keras.inference.lite_metadata import METADATA_ENTRY, PREPROCESSING_FILE

NO_DATE = (1980, 1, 1, 0, 0, 0)  # of a zip entry, so that the same export is the same file


def add_metadata(
    content: bytes,
    *,
    name: str,
    description: str,
    labels: Sequence[str],
    preprocessing: str,
    version: str = "1",
    output: Literal["probabilities", "logits"] = "probabilities",
) -> bytes:
    """Returns a TFLite file with metadata and two text files in it; what it computes stays as it is.

    The metadata say that the input is an RGB image in [0, 255] that wants no further normalisation (the network has
    its own), and that the output is a score a class, named in `labels.txt`. That file and `preprocessing.txt` are
    uncompressed entries of a zip archive at the end, as MediaPipe asks.

    Args:
        content: a file of the converter: one image in, one row of K scores out.
        name: of the model.
        description: in a sentence or two, for people.
        labels: K names, in order, each one line.
        preprocessing: name of the row of `PREPROCESSING` that says which part of a photo is seen.
        version: of the model.
        output: what the scores are.

    Raises:
        UsageError: if labels and classes differ in number, a label is empty or has several lines, or the file has
            more than one input or output, or metadata already.
    """
    _check_labels(labels)
    schema = lite_schema()
    model = schema.ModelT.InitFromPackedBuf(content)
    graph = model.subgraphs[0]
    if (len(graph.inputs), len(graph.outputs)) != (1, 1):
        found = f"{len(graph.inputs)} and {len(graph.outputs)}"
        raise UsageError(f"A TFLite file must have one input and one output to be described. Got: {found}.")
    classes = int(graph.tensors[graph.outputs[0]].shape[-1])
    if classes != len(labels):
        raise UsageError(f"`labels` must name the {classes} classes of the file. Got: {len(labels)} names.")
    entries = list(model.metadata or ())
    if METADATA_ENTRY in [_text(entry.name) for entry in entries]:
        raise UsageError("A TFLite file must be without metadata to be given some. Got: one that has them.")
    scores = Output(output, LABELS, (0.0, 1.0) if output == "probabilities" else None)
    packed = pack_metadata(name, description, version, Input("image"), scores)
    model.buffers.append(schema.BufferT(data=np.frombuffer(packed, np.uint8)))
    model.metadata = [*entries, schema.MetadataT(name=METADATA_ENTRY, buffer=len(model.buffers) - 1)]
    texts = {LABELS: "".join(f"{label}\n" for label in labels), PREPROCESSING_FILE: f"{preprocessing}\n"}
    return with_texts(pack_model(model, len(content) + len(packed) + 1024), texts)


def with_texts(content: bytes, texts: dict[str, str]) -> bytes:
    """Appends text files as uncompressed zip entries, which the runtime skips."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        for file, text in texts.items():
            archive.writestr(zipfile.ZipInfo(file, NO_DATE), text)
    return buffer.getvalue()


def _check_labels(labels: Sequence[str]) -> None:
    for label in labels:
        if not label.strip() or len(label.splitlines()) != 1:
            raise UsageError(f"`labels` must be names of one line each. Got: {label!r}.")


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
