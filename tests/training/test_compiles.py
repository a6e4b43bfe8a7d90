"""How often XLA compiles the training step of a progressive run: once a size, whatever is switched on."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parents[1] / "support"
RUN = """
import keras
from small_networks import at_the_knobs_size, probe_network

from effnetv2_keras import Augmentation, Classifier, ProgressiveCallback, ProgressiveSchedule, Ramp
from effnetv2_keras.configs.optimizer import LearningRateSpec, OptimizerSpec
from effnetv2_keras.training.learning_rate import make_learning_rate
from effnetv2_keras.training.optimizers import compile_options, make_optimizer


class TraceCounter(Classifier):
    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


spec = OptimizerSpec(
    "rmsprop_tf", weight_decay=1e-5, weight_decay_kind="l2", clip_norm_per_variable=1.0, global_clip_norm=1.0,
    accumulation_steps=2, ema_decay=0.9999,
)
rate = make_learning_rate(LearningRateSpec(), batch_size=4, steps_per_epoch=3, epochs=4)
classifier = TraceCounter(probe_network(), augmentation=Augmentation(horizontal_flip=False, num_layers=0))
classifier.compile(make_optimizer(spec, rate), jit_compile=True, **compile_options(spec))
schedule = ProgressiveSchedule(
    epochs=4, num_phases=4, image_size=Ramp(32, 56), dropout=Ramp(0.0, 0.6), drop_path=Ramp(0.6, 0.0)
)
classifier.fit(
    at_the_knobs_size(classifier.knobs), epochs=4, callbacks=[ProgressiveCallback(schedule, verbose=0)], verbose=0
)
sides = keras.ops.convert_to_numpy(keras.ops.copy(classifier.network.get_layer("probe").seen))[:12:3, 0]
print("traces", classifier.traces, "sides", sides.tolist())
"""


@pytest.mark.slow
def test_xla_compiles_the_step_once_a_size(tmp_path):
    flags = f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text --xla_dump_hlo_module_re=.*one_step_on_data.*"
    here = {"XLA_FLAGS": flags, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", RUN], capture_output=True, text=True, check=False, env={**os.environ, **here}
    )
    assert done.stdout.strip() == "traces 1 sides [32.0, 40.0, 48.0, 56.0]", done.stderr[-2000:]
    compiled = {path.name.split(".")[0] for path in tmp_path.glob("module_*one_step_on_data*before_optimizations.txt")}
    assert len(compiled) == 4
    assert all(re.fullmatch(r"module_\d+", name) for name in compiled)
