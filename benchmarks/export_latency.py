"""What does an exported model cost a server, beside Keras's own export, ONNX Runtime and OpenVINO?

Command: python benchmarks/export_latency.py          (an hour on 2 busy cores; --tiny: a minute or two)
Writes:  results/export_latency-<networks>-cpu-<commit>.json and a Markdown table.
How:     every way is opened once, each SavedModel in a session of its own as TF Serving does it. Then they take turns,
         a call each, so that whatever else the machine does meets all of them. Counted is CPU time of the process, all
         threads together; a ratio is that of the plain `model.export` over that of the way, turn by turn: above 1 is
         faster. Reported is the median with the lower and the upper quartile. Pixels in, probabilities out: decoding
         is left out. `nodes` and `convolutions` are of the graph after TensorFlow's optimiser.
         Weights are random, with the statistics that their activations have: errors are of such networks.

Last seen (TF 2.21, ONNX Runtime 1.32, OpenVINO 2026.4, 2 shared cores of an AMD EPYC with AVX512-BF16, without AMX,
used by other programs at the same time, 11 turns, 5 at batch 32; ratios, quartiles in the results):

| network, threads, batch | folded | folded, frozen | and bfloat16 | ONNX Runtime | OpenVINO |
|---|---|---|---|---|---|
| B0 at 224 px, 1, 1 | 1.12 | 1.29 | 1.70 | 1.97 | 1.47 |
| B0 at 224 px, 1, 8 | 1.16 | 1.22 | 1.86 | 1.47 | 1.10 |
| B0 at 224 px, 1, 32 | 1.22 | 1.20 | 1.94 | 1.34 | 1.07 |
| B0 at 224 px, 2, 1 | 1.09 | 1.35 | 1.66 | 1.09 | 0.84 |
| B0 at 224 px, 2, 8 | 1.21 | 1.28 | 2.08 | 0.97 | 1.07 |
| B0 at 224 px, 2, 32 | 1.20 | 1.21 | 1.90 | 0.87 | 0.95 |
| S at 300 px, 1, 1 | 1.14 | 1.14 | 1.84 | 1.42 | 1.21 |
| S at 300 px, 1, 8 | 1.12 | 1.14 | 1.97 | 1.17 | 1.02 |
| S at 300 px, 1, 32 | 1.13 | 1.13 | 1.92 | 1.12 | 1.03 |
| S at 300 px, 2, 1 | 1.08 | 1.21 | 1.83 | 0.84 | 1.09 |
| S at 300 px, 2, 8 | 1.13 | 1.12 | 1.95 | 0.91 | 1.02 |
| S at 300 px, 2, 32 | 1.16 | 1.18 | 2.01 | 0.94 | 1.05 |

On 2 shared cores with AVX2 and no AVX512, TF_ENABLE_ONEDNN_OPTS=1, 15 turns, --threads 1 --ways "folded, frozen": 1.26
at batch 1, 1.25 at batch 8, B0. bfloat16 is asked of processors that have it; results say which features theirs had.

With two threads ONNX Runtime and OpenVINO let threads wait in loops, which counts as CPU time; wall time was not
measured, on cores that others used.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from results_file import keep

from effnetv2_keras.configs.preprocessing import View
from effnetv2_keras.data.resize import read_view
from effnetv2_keras.export.onnx_file import export_onnx, open_session
from effnetv2_keras.export.parity import check_photos
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.session import ServedSession
from effnetv2_keras.export.subject import sample_images
from effnetv2_keras.models import create_model

Call = Callable[[np.ndarray], np.ndarray]
PLAIN = "model.export"
# fmt: off
#                        batch normalisation   weights         precision
SAVED_MODELS = {
    "folded":           (Serving(True,          False, batch_sizes=()), "float32"),
    "frozen":           (Serving(False,         True,  batch_sizes=()), "float32"),
    "folded, frozen":   (Serving(True,          True,  batch_sizes=()), "float32"),
    "and bfloat16":     (Serving(True,          True,  batch_sizes=()), "bfloat16"),
}
# fmt: on
ONNX, OPENVINO = "ONNX Runtime", "OpenVINO, of the ONNX file"
NETWORKS = {"efficientnetv2-b0": 224, "efficientnetv2-s": 300}  # px
FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")  # that matter here
RESULTS = Path(__file__).with_name("results")


def random_network(name: str, size: int) -> keras.Model:
    """Returns a network with random weights and the statistics that its own activations have, as after training."""
    keras.utils.set_random_seed(0)
    network, rng = create_model(name, num_classes=1000, drop_path_rate=0.0), np.random.default_rng(0)
    norms = [one for one in network._flatten_layers() if isinstance(one, keras.layers.BatchNormalization)]
    for norm in norms:
        norm.gamma.assign(rng.uniform(0.5, 1.5, norm.gamma.shape))
        norm.beta.assign(rng.normal(0, 0.2, norm.beta.shape))
        norm.momentum = 0.0  # the next batch alone decides
    photos = [read_view(tf.constant(photo), size, View()).numpy() for photo in check_photos()]
    noise = rng.uniform(0, 255, (4, size, size, 3))
    network(np.concatenate([np.stack(photos), sample_images(size), noise]).astype("float32"), training=True)
    return network


def plain_export(network: keras.Model, folder: Path, size: int) -> None:
    """Writes what Keras writes by itself, with a softmax as the others have."""
    images = keras.Input((size, size, 3), name="images")
    whole = keras.Model(images, keras.layers.Softmax(name="probabilities")(network(images)))
    whole.export(str(folder), verbose=False)


def ways() -> list[str]:
    """Returns what this processor can be asked about: emulated bfloat16 says nothing of its speed."""
    is_native = {"avx512_bf16", "amx_bf16"} & set(cpu_features())
    saved = [way for way, (_, precision) in SAVED_MODELS.items() if is_native or precision != "bfloat16"]
    return [*saved, ONNX, OPENVINO]


def write_all(name: str, size: int, folder: Path, chosen: Sequence[str]) -> dict[str, Path]:
    """Writes the plain export of a network and the chosen artefacts."""
    network = random_network(name, size)
    plain_export(network, folder / "plain", size)
    paths = {PLAIN: folder / "plain"}
    for way, (serving, precision) in SAVED_MODELS.items():
        if way not in chosen:
            continue
        made = export_saved_model(
            network, folder / way.replace(", ", "_"), image_size=size, serving=serving, precision=precision
        )
        paths[way] = made.path
    if {ONNX, OPENVINO} & set(chosen):
        written = export_onnx(network, folder / "model.onnx", image_size=size).path
        paths.update({way: written for way in (ONNX, OPENVINO) if way in chosen})
    return paths


def open_way(way: str, path: Path, threads: int) -> tuple[Call, ServedSession | None]:
    """Opens an artefact for a number of threads."""
    if way == ONNX:
        session = open_session(path, threads)
        return lambda images: session.run(["probabilities"], {"images": images})[0], None
    if way == OPENVINO:
        import openvino

        settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.Core().compile_model(str(path), "CPU", settings)
        return lambda images: compiled([images])[0], None
    served = ServedSession(path, threads=threads)
    signature = "serving_default" if way == PLAIN else "serving_images"
    [given] = served.signatures[signature].inputs
    return lambda images: next(iter(served.run(signature, {given: images}).values())), served


def optimised_operations(path: Path, way: str, size: int) -> dict[str, int]:
    """Counts the nodes that are left when TensorFlow has optimised the graph."""
    with ServedSession(path, threads=1) as served:
        signature = served.signatures["serving_default" if way == PLAIN else "serving_images"]
        [given], [output] = signature.inputs.values(), signature.outputs.values()
        about = tf.compat.v1.RunMetadata()
        options = tf.compat.v1.RunOptions(output_partition_graphs=True)
        images = np.zeros((1, size, size, 3), np.float32)
        served.session.run(output.name, {given.name: images}, options=options, run_metadata=about)
        found = Counter(node.op for graph in about.partition_graphs for node in graph.node)
    kinds = ("Conv", "_FusedConv", "_FusedDepthwise", "_MklNative", "_MklFused", "Depthwise")
    convolutions = {op: count for op, count in found.items() if "Conv" in op and op.startswith(kinds)}
    kept = ("Mul", "AddV2", "BiasAdd", "Sub", "Cast", "ReadVariableOp", "_MklSwish")
    return {"nodes": sum(found.values()), **convolutions, **{op: found[op] for op in kept if found[op]}}


def measure(paths: dict[str, Path], size: int, batch: int, threads: int, turns: int) -> list[dict]:
    """Lets every way answer in turn; returns a row each."""
    images = np.random.default_rng(1).uniform(0, 255, (batch, size, size, 3)).astype("float32")
    calls, opened, load = {}, [], {}
    for way, path in paths.items():
        begun = time.process_time()
        calls[way], session = open_way(way, path, threads)
        calls[way](images)
        load[way] = time.process_time() - begun
        opened.append(session)
    answers = {way: call(images) for way, call in calls.items()}
    seconds: dict[str, list[float]] = {way: [] for way in calls}
    for turn in range(turns):
        for way in sorted(calls, reverse=turn % 2 == 1):
            begun = time.process_time()
            calls[way](images)
            seconds[way].append(time.process_time() - begun)
    for session in opened:
        if session is not None:
            session.session.close()
    rows = []
    for way, times in seconds.items():
        ratios = [plain / own for plain, own in zip(seconds[PLAIN], times, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4) if turns > 1 else ratios * 3
        rows.append(
            {
                **{"way": way, "batch": batch, "threads": threads, "turns": turns},
                **{"cpu_ms_an_image": 1000 * statistics.median(times) / batch, "ratio": middle},
                **{"ratio_low": low, "ratio_high": high, "load_and_first_cpu_seconds": load[way]},
                "error": float(np.abs(answers[way] - answers[PLAIN]).max()),
                "agreement": float(np.mean(answers[way].argmax(axis=1) == answers[PLAIN].argmax(axis=1))),
            }
        )
    return rows


def markdown(rows: list[dict]) -> str:
    lines = ["| network | threads | batch | way | CPU ms an image | ratio (quartiles) | load and first call, CPU s |"]
    lines += ["|---|---|---|---|---|---|---|"]
    lines += [
        f"| {row['network']} | {row['threads']} | {row['batch']} | {row['way']} | {row['cpu_ms_an_image']:.1f} "
        f"| {row['ratio']:.2f} ({row['ratio_low']:.2f}-{row['ratio_high']:.2f}) "
        f"| {row['load_and_first_cpu_seconds']:.1f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="one turn of B0 at 64 px, to see that it runs")
    parser.add_argument("--turns", type=int, default=11)
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--ways", nargs="+", default=ways(), choices=ways(), help="beside model.export")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    networks = {"efficientnetv2-b0": 64} if options.tiny else {name: NETWORKS[name] for name in options.networks}
    cases = [(1, 1)] if options.tiny else [(threads, batch) for threads in options.threads for batch in options.batches]
    rows, graphs = [], []
    for name, size in networks.items():
        with tempfile.TemporaryDirectory() as folder:
            paths = write_all(name, size, Path(folder), options.ways)
            for way in [way for way in paths if way not in (ONNX, OPENVINO)]:
                graphs.append({"network": name, "way": way, **optimised_operations(paths[way], way, size)})
                print(graphs[-1], flush=True)
            for threads, batch in cases:
                turns = 1 if options.tiny else max(5, options.turns if batch < 32 else options.turns // 2)
                found = measure(paths, size, batch, threads, turns)
                rows += [{"network": name, "image_size": size, **row} for row in found]
                print(markdown(rows[-len(found) :]), flush=True)
    about = {"machine": platform.machine(), "cores": os.cpu_count(), "features": cpu_features()}
    about["uses_onednn"] = any(op.startswith("_Mkl") for graph in graphs for op in graph)
    about["left_out"] = [way for way in (*SAVED_MODELS, ONNX, OPENVINO) if way not in options.ways]
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    if options.tiny:
        return
    which = "-".join(name.removeprefix("efficientnetv2-") for name in networks)
    keep(f"export_latency-{which}-cpu", {**about, **versions, "graphs": graphs, "rows": rows}, options.out)


def cpu_features() -> list[str]:
    """Returns which of `FEATURES` the processor has."""
    info = Path("/proc/cpuinfo")
    words = set(info.read_text().split()) if info.is_file() else set()
    return [name for name in FEATURES if name in words]


if __name__ == "__main__":
    main()
