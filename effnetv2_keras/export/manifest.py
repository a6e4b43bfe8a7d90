"""What a version says of itself: `manifest.json` for programs, `README.md` for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from effnetv2_keras.export.deploy import Deployed
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.subject import Subject
from effnetv2_keras.export.verify import Verified
from effnetv2_keras.files.digest import sha256_of
from effnetv2_keras.inference.published import MANIFEST
from effnetv2_keras.version import __version__

CARD = "README.md"


def describe(
    subject: Subject,
    deployed: Deployed,
    verified: Verified,
    *,
    precision: str,
    serving: Serving,
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """Returns what the manifest holds, without the files."""
    return {
        "made_with": {"effnetv2_keras": __version__, "tensorflow": tf.__version__, "keras": keras.__version__},
        "network": {"name": subject.network.name, "parameters": subject.network.count_params(), "head": subject.head},
        "image_size": subject.image_size,
        "preprocessing": subject.preprocessing,
        "labels": list(subject.labels),
        "precision": precision,
        "num_batch_normalisations": deployed.num_normalisations,
        "is_frozen": deployed.is_frozen,
        "notes": list(deployed.notes),
        "formats": list(serving.formats),
        "signatures": verified.signatures,
        "warmup": {"batch_sizes": list(serving.batch_sizes), "requests": verified.num_warmup_requests},
        "parity": asdict(verified.parity),
        "operations": list(verified.operations),
        "metrics": dict(metrics),
    }


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Writes the model card, then the manifest with the size and the SHA-256 of every other file."""
    (folder / CARD).write_text(model_card(facts), encoding="utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in files
    }
    text = json.dumps({**facts, "files": sums}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def model_card(facts: Mapping[str, Any]) -> str:
    """Returns the model card in Markdown."""
    network, made, parity = facts["network"], facts["made_with"], facts["parity"]
    labels = facts["labels"]
    shown = ", ".join(labels[:20]) + (f" and {len(labels) - 20} more" if len(labels) > 20 else "")
    rows = [
        ("network", f"{network['name']}, {network['parameters']:,} parameters, {network['head']}"),
        ("images", f"{facts['image_size']} px, preprocessing `{facts['preprocessing']}`, inside the graph"),
        ("files taken", ", ".join(facts["formats"])),
        ("classes", f"{len(labels)}: {shown}"),
        ("computes in", facts["precision"] + (", weights frozen" if facts["is_frozen"] else ", weights are variables")),
        ("made with", ", ".join(f"{name} {version}" for name, version in made.items())),
        *((name.replace("_", " "), str(value)) for name, value in facts["metrics"].items()),
    ]
    lines = [f"# {network['name']}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += ["", "## Signatures", "", "| name | takes | gives |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {_tensors(signature['inputs'])} | {_tensors(signature['outputs'])} |"
        for name, signature in facts["signatures"].items()
    ]
    errors = f"probabilities within {parity['max_abs_error']:.1e}, logits within {parity['max_logit_error']:.1e}"
    lines += ["", "## Checked before it was published", ""]
    lines += [
        f"Against the Keras model, on {parity['num_images']} images: {errors}, the same best class on "
        f"{parity['agreement']:.1%}."
    ]
    if facts["warmup"]["requests"]:
        lines += [f"All {facts['warmup']['requests']} warm-up requests were answered."]
    lines += [f"Note: {note}." for note in facts["notes"]]
    return "\n".join(lines) + "\n"


def _tensors(tensors: Mapping[str, Any]) -> str:
    return ", ".join(
        f"`{name}` {info['dtype']} ({', '.join('B' if side == -1 else str(side) for side in info['shape'])})"
        for name, info in tensors.items()
    )
