"""How well the time of a step follows from what a network's table tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effnetv2_keras.nas.ranks import spearman

#   predictor                       features of a straight line
PREDICTORS = {
    "parameters":                   ("parameters",),
    "multiply-adds":                ("macs",),
    "activations":                  ("activations",),
    "blocks":                       ("blocks",),
    "linear model without parameters": ("macs", "activations", "blocks"),
    "linear model of all four":     ("parameters", "macs", "activations", "blocks"),
}  # fmt: skip


def judge(rows: Sequence[dict]) -> list[dict]:
    """Returns a row a predictor: rank correlation and error of a line fitted to all networks but the one predicted.

    The last row predicts a time by a second measurement of the same network: nothing can do better.
    """
    seconds = np.array([row["step_seconds"] for row in rows])
    judged = []
    for name, features in PREDICTORS.items():
        table = np.array([[row[feature] for feature in features] for row in rows], dtype=float)
        raw = table[:, 0] if len(features) == 1 else left_out(table, seconds)
        judged.append(_figures(name, spearman(raw, seconds), left_out(table, seconds), seconds))
    again = np.array([row["step_seconds_again"] for row in rows])
    return [*judged, _figures("the same measured again", spearman(again, seconds), again, seconds)]


def left_out(table: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Predicts each network from a least-squares fit to the others.

    Args:
        table: (N, F) features.
        seconds: (N,).
    """
    scaled = np.hstack([table / table.max(axis=0), np.ones((len(table), 1))])
    predicted = np.empty(len(seconds))
    for at in range(len(seconds)):
        others = np.arange(len(seconds)) != at
        line, *_ = np.linalg.lstsq(scaled[others], seconds[others], rcond=None)
        predicted[at] = scaled[at] @ line
    return predicted


def _figures(name: str, rank: float, predicted: np.ndarray, seconds: np.ndarray) -> dict:
    unexplained = ((seconds - predicted) ** 2).sum() / ((seconds - seconds.mean()) ** 2).sum()
    error = np.abs(predicted - seconds) / seconds
    return {"predictor": name, "spearman": rank, "r2": float(1 - unexplained), "error": float(error.mean())}


def markdown(judged: Sequence[dict]) -> str:
    """Returns the table."""
    lines = ["| predictor of the step's time | Spearman | R2, left out | mean error |", "|---|---|---|---|"]
    lines += [
        f"| {row['predictor']} | {row['spearman']:.2f} | {row['r2']:.2f} | {row['error']:.0%} |" for row in judged
    ]
    return "\n".join(lines)
