"""The model card of a search's winner."""

from __future__ import annotations

from effnetv2_keras.configs.table import paper_table
from effnetv2_keras.nas.found import Found
from effnetv2_keras.nas.settings import TIMED, SearchSettings
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.runs.environment import environment
from effnetv2_keras.version import __version__

FEWEST_RANKED = 3  # two are in one order or the other


def card(found: Found, settings: SearchSettings, space: SearchSpace) -> str:
    """Returns what was searched, how, and what came out, as Markdown."""
    seen = environment()
    finals = "\n".join(
        f"| {final.network}{'' if final.row else ' (backbone)'} | {final.accuracy:.2%} | {share_cell(final.spread)} | "
        f"{final.facts.time:.2f} | {final.facts.parameters:,} | {final.facts.macs / 1e6:,.0f} | "
        f"{final.reward:.4f} |"
        for final in found.finals
    )
    standings = "\n".join(
        f"| {one.sampler} | {one.proposed} | {one.trained} | {reward_cell(one.best)} | {reward_cell(one.mean)} |"
        for one in found.standings()
    )
    best = found.finals[0]
    verdict = (
        "The winner earns more than the backbone."
        if best.row
        else "**The backbone of the space earns more than every network that was found.**"
    )
    return f"""# {found.winner.name}

Found by `effnetv2 search` ({__version__}): {len(found.rows)} trials of {space.size():,} networks, sampler
`{settings.sampler}`, reward `{settings.reward}`, trained on {settings.data} at {settings.image_size} px for at most
{settings.epochs} epochs. {verdict}

```
{paper_table(found.winner)}
```

`winner.yaml` is a model like any other: `effnetv2 train DATA --model winner.yaml`, `create_model("winner.yaml")`.

## Trained again

{_times(settings.final_seeds)} each, {settings.final_epochs} epochs at {settings.final_size} px. Time is that of
{TIMED[settings.timed]} over the backbone's on the same machine.

| network | accuracy | deviation | time | parameters | multiply-adds, M | reward |
|---|---|---|---|---|---|---|
{finals}

{_agreement(found)}

## Samplers

| sampler | proposed | trained to the end | best reward | mean reward |
|---|---|---|---|---|
{standings}

## Made with

{seen["cpu"]}, GPU: {seen["gpu"]}, TensorFlow {seen["tensorflow"]}, Keras {seen["keras"]}.
"""


def reward_cell(value: float | None) -> str:
    """Writes a reward; a dash where there is none."""
    return "-" if value is None or value != value else f"{value:.4f}"


def _agreement(found: Found) -> str:
    count = len(found.finals) - 1  # without the backbone
    if count < FEWEST_RANKED:
        return "Too few networks to say how well the short training orders them."
    return f"Rank correlation of the short training's reward with this one, {count} networks: {found.agreement:.2f}."


def share_cell(value: float) -> str:
    """Writes a share; a dash for what is no number."""
    return "-" if value != value else f"{value:.2%}"


def _times(count: int) -> str:
    return "Once" if count == 1 else f"{count} times"
