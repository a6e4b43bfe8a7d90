"""How long does a call of an exported TFLite file take, beside Keras's own export, ONNX Runtime and OpenVINO?

Command: python benchmarks/tflite_latency.py          (an hour on 2 busy cores, most of it exporting; --tiny: minutes)
         --files FOLDER keeps what was exported, and takes what is there
Writes:  results/tflite_latency-<networks>-cpu-<commit>.json and a Markdown table.
How:     keras.applications' network gets the statistics of its own activations and is exported as Keras does it; ours
         gets the same weights and is exported in every precision. All are opened once and take turns, a few calls
         each, so that whatever else the machine does meets all of them. A ratio is the time of the way over that of the
         plain `model.export(format="litert")`, turn by turn: below 1 is faster. With one thread it is of CPU time; with
         two of time on the wall, since threads that wait in loops count as CPU time. Reported is the median with the
         lower and the upper quartile. One image a call; decoding is left out. Lite networks have weights of their own.

Last seen (LiteRT 2.3, ONNX Runtime, OpenVINO 2026.4, AVX512 and VNNI without AMX, 1 thread, 15 turns; B0 at 224 px and
S at 384 px): float32 0.99 and 0.98, hybrid 0.47 and 0.41, int8 0.39 and 0.30, ONNX Runtime 1.01 and 0.98.
docs/methods/mobile.md has all of it.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from export_latency import cpu_features
from results_file import keep
from tflite_files import ONNX, PLAIN, write_files

from effnetv2_keras.export.tflite import PRECISIONS
from effnetv2_keras.inference.interpreter import make_interpreter
from effnetv2_keras.inference.lite_run import runtime_name

Call = Callable[[], object]
NETWORKS = {"efficientnetv2-b0": 224, "efficientnetv2-s": 384}  # px
SLOW = {"int16x8": 3}  # turns: one call takes as long as dozens of the others
LARGE = ("efficientnetv2-s", "int16x8")  # not measured: a call takes minutes of a busy core
RESULTS = Path(__file__).with_name("results")


def open_lite(path: Path, image: np.ndarray, threads: int) -> Call:
    """Opens a TFLite file in LiteRT."""
    interpreter = make_interpreter(path.read_bytes(), threads)
    interpreter.allocate_tensors()
    [taken] = interpreter.get_input_details()
    interpreter.set_tensor(taken["index"], image.astype(taken["dtype"]))
    return interpreter.invoke


def open_onnx(path: Path, image: np.ndarray, threads: int) -> Call:
    """Opens an ONNX file in ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feeds = {session.get_inputs()[0].name: image.astype("float32")}
    return lambda: session.run(None, feeds)


def open_openvino(path: Path, image: np.ndarray, threads: int) -> Call:
    """Opens an ONNX or a TFLite file in OpenVINO, in float32."""
    import openvino

    core = openvino.Core()
    hints = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(str(path)), "CPU", hints)
    request = compiled.create_infer_request()
    fed = image.astype("float32") if path.suffix == ".onnx" else image
    return lambda: request.infer([fed])


def open_all(paths: dict[str, Path], size: int, threads: int) -> dict[str, Call]:
    """Opens every file in every runtime that it is compared in."""
    image = np.random.default_rng(1).integers(0, 256, (1, size, size, 3)).astype("uint8")
    calls = {way: open_lite(path, image, threads) for way, path in paths.items() if way != ONNX}
    calls["ONNX Runtime"] = open_onnx(paths[ONNX], image, threads)
    calls["OpenVINO, of the ONNX file"] = open_openvino(paths[ONNX], image, threads)
    calls["OpenVINO, of the float32 file"] = open_openvino(paths["float32"], image, threads)
    return calls


def measure(calls: dict[str, Call], turns: int, each: int) -> dict[str, list[tuple[float, float]]]:
    """Lets every way answer in turn; returns seconds of CPU and on the wall a call, turn by turn."""
    for call in calls.values():
        call()
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in calls}
    for turn in range(turns):
        for way in sorted(calls, reverse=turn % 2 == 1):
            if turn >= SLOW.get(way, turns):
                continue
            count = 1 if way in SLOW else each
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(count):
                calls[way]()
            taken[way].append(((time.process_time() - cpu) / count, (time.perf_counter() - wall) / count))
    return taken


def rows_of(taken: dict[str, list[tuple[float, float]]], paths: dict[str, Path], threads: int) -> list[dict]:
    """Returns a row a way."""
    kind = 0 if threads == 1 else 1
    rows = []
    for way, times in taken.items():
        ratios = [own[kind] / plain[kind] for own, plain in zip(times, taken[PLAIN], strict=False)]
        low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        rows.append(
            {
                **{"way": way, "threads": threads, "turns": len(times), "ratio": middle},
                **{"ratio_low": low, "ratio_high": high},
                "cpu_ms": 1000 * statistics.median(cpu for cpu, _ in times),
                "wall_ms": 1000 * statistics.median(wall for _, wall in times),
                "bytes": paths[way].stat().st_size if way in paths else None,
            }
        )
    return rows


def markdown(name: str, rows: list[dict]) -> str:
    """Returns a table, a row a way and a column a number of threads."""
    threads = sorted({row["threads"] for row in rows})
    lines = [f"| {name} | MB | " + " | ".join(f"{n} thread{'s' if n > 1 else ''}" for n in threads) + " |"]
    lines.append("|---" * (2 + len(threads)) + "|")
    for way in dict.fromkeys(row["way"] for row in rows):
        own = [row for row in rows if row["way"] == way]
        size = f"{own[0]['bytes'] / 1e6:.1f}" if own[0]["bytes"] else ""
        cells = [f"{row['ratio']:.2f} ({row['ratio_low']:.2f}-{row['ratio_high']:.2f})" for row in own]
        lines.append(f"| {way} | {size} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="one turn of B0 at 64 px, to see that it runs")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--calls", type=int, default=4, help="of a way in its turn")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=list(PRECISIONS))
    parser.add_argument("--without-lite", action="store_true", help="leave the lite networks out")
    parser.add_argument("--files", type=Path, help="where exports are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    networks = {"efficientnetv2-b0": 64} if options.tiny else {name: NETWORKS[name] for name in options.networks}
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, size in networks.items():
            precisions = ("float32", "hybrid") if options.tiny else tuple(options.precisions)
            precisions = tuple(one for one in precisions if (name, one) != LARGE)
            folder = (options.files or Path(scratch)) / str(size)
            paths = write_files(name, size, folder, precisions, has_lite=not (options.tiny or options.without_lite))
            found = []
            for threads in [1] if options.tiny else options.threads:
                calls = open_all(paths, size, threads)
                turns, each = (1, 1) if options.tiny else (options.turns, options.calls)
                found += rows_of(measure(calls, turns, each), paths, threads)
            print(markdown(name, found), flush=True)
            rows += [{"network": name, "image_size": size, **row} for row in found]
    if options.tiny:
        return
    about = {"machine": platform.machine(), "cores": os.cpu_count(), "features": cpu_features()}
    about |= {"keras": keras.__version__, "runtime": runtime_name(), "calls": options.calls}
    which = "-".join(name.removeprefix("efficientnetv2-") for name in networks)
    keep(f"tflite_latency-{which}-cpu", {**about, "rows": rows}, options.out)


if __name__ == "__main__":
    main()
