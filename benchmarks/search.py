"""What predicts the time of a training step, and which sampler finds the better network for the same trials?

    python benchmarks/search.py                       # all; 25 minutes of processor time
    python benchmarks/search.py --parts predictors    # eight of them
    python benchmarks/search.py --parts synthetic     # seconds
    python benchmarks/search.py --tiny                # two minutes, checks only that it runs

Predictors: 30 random networks, six stages as wide as EfficientNetV2-B0's with one to three layers each, at 64 px, batch
8. The time is that of the search: the fastest of 8 steps, in processor seconds, here of one thread. A line is fitted
to all networks but the one it predicts. The last row is a second measurement right after the first.

Synthetic: the space of EfficientNetV2-B0, and a reward that is the share of the axes that agree with a hidden network.

Samplers: all 216 networks of three stages (operator and expansion of each) are trained for 5 epochs on 600 of
scikit-learn's digits at 32 px, once; their rewards make a table, on which each sampler searches. A network that is
trained is kept in `--cells` and not trained again, so the command may be stopped.

Last seen (AMD EPYC with AVX512, TensorFlow 2.21, Keras 3.15.1, cores shared with other work):

| predictor of the step's time | Spearman | R2, left out | mean error |
|---|---|---|---|
| parameters | 0.71 | 0.63 | 25% |
| multiply-adds | 0.71 | 0.48 | 28% |
| activations | 0.40 | -0.02 | 40% |
| blocks | -0.05 | -0.21 | 44% |
| linear model of all four | 0.91 | 0.95 | 10% |
| the same measured again | 0.99 | 0.99 | 3% |

Synthetic, best of 100 trials, 10 seeds: random 0.62 ± 0.04, evolution 0.81 ± 0.04, reinforce 0.86 ± 0.06.

Samplers, share of the best reward there is among the 216 networks, mean of 10 seeds:

| trials | random | evolution | reinforce |
|---|---|---|---|
| 25 | 97.0 % | 97.5 % | 97.6 % |
| 50 | 98.0 % | 98.4 % | 99.3 % |
| 100 | 98.4 % | 100.0 % | 100.0 % |
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
import keras
import tensorflow as tf
from results_file import keep
from rich.progress import track
from search_networks import TABLED, Trainer, points, time_networks
from search_predictors import judge
from search_predictors import markdown as predictors_table
from search_samplers import compare, nearness, rewards_of
from search_samplers import markdown as samplers_table

from effnetv2_keras.configs import get_config
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.worker import RENEW_AFTER

RESULTS = Path(__file__).with_name("results")
PARTS = ("predictors", "synthetic", "samplers")
BUDGETS = (25, 50, 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--networks", type=int, default=30, help="that are timed")
    parser.add_argument("--seeds", type=int, default=10, help="of each sampler")
    parser.add_argument("--cells", type=Path, default=Path("runs/search_benchmark"), help="keeps what is trained")
    parser.add_argument("--tiny", action="store_true", help="three networks a part, to see that it runs")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    on_one_thread()
    found: dict[str, dict] = {}
    if "predictors" in options.parts:
        size, batch, count = (32, 4, 3) if options.tiny else (64, 8, options.networks)
        found["predictors"] = predict(count, size, batch)
    if "synthetic" in options.parts:
        space = SearchSpace(get_config("efficientnetv2-b0"))
        budgets, seeds = ((4,), 2) if options.tiny else (BUDGETS, options.seeds)
        rows = compare(space, lambda seed: nearness(space, seed), budgets, seeds)
        print(samplers_table(rows, 1.0))
        found["synthetic"] = {"space": space.size(), "compared": rows}
    if "samplers" in options.parts:
        if options.tiny:
            one = SearchSpace(TABLED.backbone, ((1,),) * 3, ("mbconv",), (3,), (1,))
            found["samplers"] = sample(one, Trainer(32, 20, 1), options.cells / "tiny.json", (1,), 2)
        else:
            found["samplers"] = sample(
                TABLED, Trainer(32, 60, 5), options.cells / "trained.json", BUDGETS, options.seeds
            )
    if not options.tiny:
        keep(f"search_{'_'.join(found)}-cpu", {**about(), **found}, options.results)


def on_one_thread() -> None:
    """Has TensorFlow work on one thread; before it does anything."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def predict(count: int, image_size: int, batch_size: int) -> dict:
    """Times random networks and judges the predictors."""
    rows = []
    for row in track(time_networks(count, image_size, batch_size), "timing", total=count):
        rows.append(row)
    judged = judge(rows)
    print(predictors_table(judged))
    return {"image_size": image_size, "batch_size": batch_size, "judged": judged, "networks": rows}


def sample(space: SearchSpace, trainer: Trainer, cells: Path, budgets: tuple[int, ...], seeds: int) -> dict:
    """Trains what is not trained, and has every sampler search."""
    done = json.loads(cells.read_text()) if cells.is_file() else {}
    cells.parent.mkdir(parents=True, exist_ok=True)
    every = points(space)
    missing = [point for point in every if str(point) not in done]
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=on_one_thread, max_tasks_per_child=RENEW_AFTER
    ) as pool:
        trained = pool.map(trainer, [space.config(point) for point in missing])
        for point, cell in track(zip(missing, trained, strict=True), "training", total=len(missing)):
            done[str(point)] = cell
            write_text(cells, json.dumps(done, indent=1))
    rewards = rewards_of(done, reference=str(every[0]))
    rows, best = compare(space, lambda seed: rewards.__getitem__, budgets, seeds), max(rewards.values())
    print(samplers_table(rows, best))
    return {"space": space.size(), "best_there_is": best, "compared": rows, "networks": done}


def about() -> dict:
    """Returns what it was measured on."""
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    return {"machine": platform.machine(), "cores": os.cpu_count(), "threads": 1, **versions}


if __name__ == "__main__":
    main()
