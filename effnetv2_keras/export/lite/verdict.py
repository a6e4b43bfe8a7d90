"""Whether a file is good enough to publish, and what to do where it is not."""

from __future__ import annotations

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.lite.diagnosis import SUSPICIOUS
from effnetv2_keras.export.lite.lite_parity import LiteParity

NAMED = 3  # blocks
CALIBRATED = ("int8", "int16x8")


class AccuracyLost(UsageError):
    """A file loses more than it may and was not published; `parity` says how much.

    Args:
        message: what is lost, and what to try.
        parity: of the file.
    """

    def __init__(self, message: str, parity: LiteParity) -> None:
        super().__init__(message)
        self.parity = parity


def complaint(parity: LiteParity, most: float) -> str | None:
    """Returns what is wrong with a file that loses more than `most` on plain images, None where it does not."""
    if not parity.plain.exceeds(most):
        return None
    seen = parity.plain
    lost = "agreement with the Keras model" if seen.top1 is None else "top-1"
    worst = [f"{block} (logit error {gone:.2g})" for block, gone in list(parity.damage.items())[:NAMED] if gone > 0]
    blocks = f" Most damaged blocks: {', '.join(worst)}." if worst else ""
    return (
        f"`max_accuracy_drop` lets a {parity.precision} file lose {most:g} of {lost}. "
        f"Got: {seen.drop:.4g} on {seen.num_images} images.{blocks}"
    )


def advice(parity: LiteParity) -> str:
    """Returns what to try."""
    ways = []
    if parity.precision in CALIBRATED:
        ways.append("calibrate on more images, of all that the phone will see (`calibrate_on`)")
    if parity.precision != "hybrid":
        ways.append("take hybrid (`--precision hybrid`)")
    else:
        ways.append("take float16 (`--precision float16`)")
    ways.append("or publish it as it is with a warning in it (`--force`)")
    return "Try: " + "; ".join(ways) + "."


def notes_on(parity: LiteParity, most: float) -> tuple[str, ...]:
    """Returns what somebody who publishes the file should know."""
    notes = []
    if parity.warning:
        notes.append(parity.warning)
    before = parity.channel_ratios.get("before", {})
    if before.get("residual", 1.0) > SUSPICIOUS:
        notes.append(
            f"channels of the residual stream differed {before['residual']:.1f} times in size; they were equalised"
        )
    if before.get("inside", 1.0) > SUSPICIOUS:
        notes.append(
            f"channels within blocks differ {before['inside']:.1f} times in size, which cannot be equalised: compare "
            "with hybrid"
        )
    if parity.hybrid_blocks:
        notes.append(f"{len(parity.hybrid_blocks)} blocks are hybrid: {', '.join(parity.hybrid_blocks)}")
    for one in parity.sets[1:]:
        if one.exceeds(most):
            notes.append(f"on {one.name} images it loses {one.drop:.3g}; see the table")
    return tuple(notes)
