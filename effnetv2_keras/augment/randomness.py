"""Random numbers that depend on (seed, step) alone and are the same with and without XLA."""

from __future__ import annotations

import hashlib

import keras
from keras import ops

STREAMS_A_SEED = 4096  # draws that one step can make before it meets the streams of the next seed
NUM_STREAMS = 2**31 - 1  # a stream is a non-negative int32
SMALL_SEEDS = 2**19  # so many seeds have streams of their own
BITS = 24  # what a float32 holds exactly


class StepSeed(keras.random.SeedGenerator):
    """Gives every draw of a training step its own seed, without any state.

    The n-th draw of a step gets the pair (stream of seed and n, step). A run that resumes at a step therefore repeats
    the draws of that step. Two draws share a pair only if they share seed, step and position, for seeds from 0 to
    below 2**19 and steps below 2**31. There are not enough streams for more seeds: each draw of another seed has one by
    SHA-256, which another draw has too in one of 2**31 cases.

    `keras.random.*` take it as `seed=`, like any `SeedGenerator`. It holds no variable, so it can be made inside a
    compiled function.

    Args:
        seed: whole number, the run's own.
        step: int or scalar integer tensor, the number of the training step.
    """

    def __init__(self, seed: int, step: int | keras.KerasTensor) -> None:
        # The parent's __init__ would make a variable.
        self.seed = int(seed)
        self.step = step
        self.num_draws = 0

    def next(self, ordered: bool = True) -> keras.KerasTensor:
        """Returns the seed of the next draw, (2,) integer."""
        # JAX keys are uint32; TensorFlow's stateless generators take int32 as it is.
        dtype = "uint32" if keras.backend.backend() == "jax" else "int32"
        stream = _stream(self.seed, self.num_draws)
        self.num_draws += 1
        return ops.stack([ops.convert_to_tensor(stream, dtype=dtype), ops.cast(self.step, dtype)])

    def get_config(self) -> dict:
        """Refuses: a seed that follows a step of one run belongs in no configuration.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            "`StepSeed` lives for one step and is not saved. Got: a request for its configuration."
        )


def _stream(seed: int, draw: int) -> int:
    if 0 <= seed < SMALL_SEEDS:
        return (seed * STREAMS_A_SEED + draw) % NUM_STREAMS
    digest = hashlib.sha256(f"{seed}/{draw}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % NUM_STREAMS


def uniform(shape: tuple[int, ...], seed: keras.random.SeedGenerator) -> keras.KerasTensor:
    """Draws float32 numbers in [0, 1), in steps of 2**-24.

    They are scaled integers: `keras.random.uniform` gives other numbers under XLA than without.
    """
    return ops.cast(keras.random.randint(shape, 0, 2**BITS, dtype="int32", seed=seed), "float32") / float(2**BITS)


def draw_sign(count: int, seed: keras.random.SeedGenerator) -> keras.KerasTensor:
    """Draws -1 or 1 with equal chance, (count,) float32."""
    return ops.where(uniform((count,), seed) < 0.5, -1.0, 1.0)


def shuffled(count: int, seed: keras.random.SeedGenerator) -> keras.KerasTensor:
    """Draws a permutation of 0 .. count - 1, (count,) int32.

    Ranks are counted, not sorted: no two keys are equal, so every backend and compiler gives the same order.
    """
    index = ops.arange(count, dtype="int32")
    keys = keras.random.randint((count,), 0, 2**31 // count - 1, dtype="int32", seed=seed) * count + index
    return ops.sum(ops.cast(keys[None, :] < keys[:, None], "int32"), axis=1)


def spread(count: int, kinds: int, seed: keras.random.SeedGenerator) -> keras.KerasTensor:
    """Gives each of `count` images one of `kinds` numbers, all equally often.

    Systematic sampling: every image gets each number with probability exactly 1 / kinds, and in one batch every number
    falls to floor(count / kinds) or ceil(count / kinds) images. So the room each number needs is known before the draw.
    Two images of a batch are therefore a little less likely to get the same number than in independent draws (by
    1 / kinds at most); draws of different layers and steps are independent.

    Returns:
        (count,) int32 in [0, kinds).
    """
    parts = 256 * kinds  # a multiple of `kinds`, so that all numbers get equally many of the count * parts positions
    offset = keras.random.randint((), 0, parts, dtype="int32", seed=seed)
    return (shuffled(count, seed) * parts + offset) // (256 * count)
