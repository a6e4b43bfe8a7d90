"""Whether compiling the augmentation pays on a CPU: it runs faster, but each image size has to be compiled first."""

from __future__ import annotations

from dataclasses import dataclass

# Seen with benchmarks/augment_ops.py on 2 cores: two layers of RandAugment, and everything around them.
COMPILE_SECONDS = 5.0  # an image size
SAVED_SECONDS = 0.025  # a million pixels


@dataclass(frozen=True, slots=True)
class CompileChoice:
    """Whether to compile, and why in one sentence."""

    compiled: bool
    reason: str


def choose_compiling(steps: int, batch_size: int, image_size: int) -> CompileChoice:
    """Weighs what compiling costs against what it saves in a phase.

    On an accelerator there is nothing to choose: the step is compiled there.

    Args:
        steps: that run at this size, the whole phase.
        batch_size: images a step.
        image_size: side of the images, px.

    >>> choose_compiling(steps=20, batch_size=32, image_size=128).compiled
    False
    >>> print(choose_compiling(steps=5000, batch_size=32, image_size=224).reason)
    compiled: saves about 201 s in 5000 steps at 224 px, and takes about 5 s
    """
    saved = SAVED_SECONDS * steps * batch_size * image_size**2 / 1e6
    pays = saved > COMPILE_SECONDS
    verb = "compiled: saves" if pays else "not compiled: would save"
    return CompileChoice(
        pays, f"{verb} about {saved:.0f} s in {steps} steps at {image_size} px, and takes about {COMPILE_SECONDS:.0f} s"
    )
