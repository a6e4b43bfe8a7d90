"""Training on two devices of JAX: one batch shared out, the same losses as on one."""

import json
import os
import subprocess
import sys

TRAINED = """
import json
import sys

import keras
import numpy as np
from small_networks import at_the_knobs_size, plain_network

from effnetv2_keras import Augmentation, Classifier, ProgressiveCallback, ProgressiveSchedule, Ramp

if sys.argv[1] == "2":
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
schedule = ProgressiveSchedule(
    epochs=3, num_phases=3, image_size=Ramp(32, 48), randaugment=Ramp(3, 6), mixup=Ramp(0.1, 0.2)
)
keras.utils.set_random_seed(0)
classifier = Classifier(
    plain_network(dropout=0.2), augmentation=Augmentation(operations=("Rotate", "Color"), num_layers=1)
)
classifier.compile(keras.optimizers.SGD(0.1), ema_decay=0.9)
data = at_the_knobs_size(classifier.knobs)
before = np.concatenate([np.asarray(weight.value).ravel() for weight in classifier.network.weights])
history = classifier.fit(data, epochs=3, callbacks=[ProgressiveCallback(schedule, verbose=0)], verbose=0).history
weights = np.concatenate([np.asarray(weight.value).ravel() for weight in classifier.network.weights])
kernel = classifier.network.layers[2].kernel.value
print(json.dumps({
    "losses": history["loss"],
    "sizes": history["image_size"],
    "moved": float(np.abs(weights - before).max()),
    "weights": weights.tolist(),
    "devices": len(kernel.sharding.device_set),
}))
"""


def trained(devices):
    """Returns what a process with so many devices has learnt."""
    flags = f"--xla_force_host_platform_device_count={devices}"
    path = os.pathsep.join(["tests/support", os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TRAINED, str(devices)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XLA_FLAGS": flags, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_two_devices_learn_what_one_does():
    one, two = trained(1), trained(2)
    assert (one["devices"], two["devices"]) == (1, 2)
    assert one["sizes"] == two["sizes"] == [32, 40, 48]
    assert one["moved"] > 1e-3
    assert max(abs(a - b) for a, b in zip(one["losses"], two["losses"], strict=True)) < 1e-4
    assert max(abs(a - b) for a, b in zip(one["weights"], two["weights"], strict=True)) < 1e-4
