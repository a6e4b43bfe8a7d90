"""One network with other operators in chosen stages."""

from __future__ import annotations

from collections.abc import Collection

from effnetv2_keras.configs.rules import check_choice
from effnetv2_keras.configs.schema import OPERATORS, ModelConfig, Stage
from effnetv2_keras.errors import UsageError


def with_operator(
    config: ModelConfig, operator: str, stages: Collection[int], *, se: float | None = None, name: str | None = None
) -> ModelConfig:
    """Returns `config` with another operator in some stages; expansion, kernel and channels stay.

    Args:
        config: the network.
        operator: "mbconv", "fused" or "bottleneck".
        stages: their numbers; 1 is the first after the stem, as in the paper's tables.
        se: squeeze-and-excitation of these stages; None drops it for "fused" and keeps it otherwise.
        name: of the result.

    Raises:
        UsageError: for an unknown operator, a number that is that of no stage, or a field out of its range.

    Source: Tan & Le 2021, Table 3 (EfficientNet-B4 with Fused-MBConv in stages 1-3, 1-5 and 1-7, without SE).

    >>> from effnetv2_keras.configs import get_config
    >>> [stage.operator for stage in with_operator(get_config("efficientnet-b4"), "fused", (1, 2)).stages][:3]
    ['fused', 'fused', 'mbconv']
    """
    check_choice("operator", operator, OPERATORS)
    check_stages(config, stages)

    def change(stage: Stage) -> Stage:
        kept = 0.0 if operator == "fused" else stage.se
        return stage.replace(operator=operator, se=kept if se is None else se)

    rows = (change(stage) if number in stages else stage for number, stage in enumerate(config.stages, start=1))
    numbers = "-".join(map(str, sorted(stages)))
    return config.replace(name=name or f"{config.name}-{operator}-{numbers}", stages=tuple(rows))


def lite(config: ModelConfig, activation: str = "relu6", *, name: str | None = None) -> ModelConfig:
    """Returns `config` for processors that dislike sigmoids: no squeeze-and-excitation, a cheap activation.

    Args:
        config: the network.
        activation: "relu6" or "hard_swish".
        name: of the result.

    Raises:
        UsageError: for another activation.

    Source: EfficientNet-Lite (tensorflow/tpu) takes relu6; MobileNetV3 (Howard et al. 2019) hard-swish.
    """
    check_choice("activation", activation, ("relu6", "hard_swish"))
    rows = tuple(stage.replace(se=0.0) for stage in config.stages)
    return config.replace(name=name or f"{config.name}-lite", stages=rows, activation=activation)


def check_stages(config: ModelConfig, stages: Collection[int]) -> None:
    """Refuses numbers of stages that `config` has not.

    Raises:
        UsageError: for such a number, or for none at all.
    """
    count = len(config.stages)
    given = list(stages) if isinstance(stages, Collection) else stages
    if not isinstance(given, list) or not given or not all(number in range(1, count + 1) for number in given):
        raise UsageError(f"`stages` must be numbers from 1 to {count}, at least one. Got: {given!r}.")
