"""How much does the local server answer, and how soon, beside FastAPI with `model.predict`?

Command: python benchmarks/serve_load.py                  (about 8 minutes on 2 cores; --tiny: about one)
         python benchmarks/serve_load.py --soak 600       (one server under steady load; memory every tenth of it)
Writes:  results/serve_load-<network>-cpu-<commit>.json and a Markdown table.
How:     three servers, each a process of its own that is stopped by SIGSTOP while it is not its turn: `merged` is
         `effnetv2 serve` with its micro-batcher, `single` without it, `by hand` is `serve_by_hand.py`. All get the same
         photo as JSON with base64 and have the same weights. Clients, threads of this process with a connection each,
         ask again as soon as they are answered. The servers take turns, a few seconds a turn, so that whatever else the
         machine does meets all of them. Reported are medians of the turns, as ratios to `by hand` at the same number of
         clients: throughput (above 1 is more), p50, p95 and p99 of the time to an answer (below 1 is sooner), and CPU
         time of the server a request (below 1 is less), which other programs disturb the least.

Last seen (TF 2.21, FastAPI 0.165, EfficientNetV2-B0 at 224 px, 2 shared cores of an AMD EPYC with AVX2, used by many
other programs at the same time, 3 turns of 5 s, least and largest in brackets; no errors):

| clients | server | throughput | p99 | CPU a request |
|---|---|---|---|---|
| 1 | merged | 8.99 (7.79 to 11.23) | 0.23 (0.10 to 0.29) | 0.31 (0.26 to 0.36) |
| 1 | single | 10.84 (6.41 to 11.07) | 0.26 (0.08 to 0.37) | 0.32 (0.23 to 0.34) |
| 4 | merged | 16.54 (14.44 to 18.80) | 0.11 (0.09 to 0.20) | 0.23 (0.20 to 0.23) |
| 4 | single | 17.39 (16.41 to 18.52) | 0.10 (0.06 to 0.14) | 0.24 (0.23 to 0.26) |
| 16 | merged | 7.79 (7.37 to 10.66) | 0.15 (0.11 to 0.25) | 0.23 (0.23 to 0.25) |
| 16 | single | 19.28 (10.20 to 20.07) | 0.10 (0.05 to 0.14) | 0.26 (0.25 to 0.26) |

Throughput gains more than CPU time here because the server by hand has one thread that has to wait for its turn among
those of the other programs; on a machine of its own, expect what the CPU time says, three to four times.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import io
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from PIL import Image
from results_file import keep

from effnetv2_keras.configs.schema import ModelConfig, Stage
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.models import create_model
from effnetv2_keras.runs.environment import cpu_features

HERE = Path(__file__).parent
BY_HAND = "by hand"
BATCHING = "max_batch_size { value: 16 } batch_timeout_micros { value: 2000 } num_batch_threads { value: 2 }"
TINY = ModelConfig("tiny", stages=(Stage("fused", 3, 2, 2, 8, 1),), stem=8, head=16)
TICKS = os.sysconf("SC_CLK_TCK")
FIGURES = ("throughput", "p50", "p95", "p99", "cpu")


@dataclass
class Server:
    """A process that answers."""

    name: str
    process: subprocess.Popen
    port: int
    path: str
    body: bytes

    def cpu_seconds(self) -> float:
        """Returns the CPU time that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mb(self) -> float:
        """Returns the memory that it holds, in MB."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6

    def pause(self) -> None:
        """Lets it do nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Lets it go on."""
        self.process.send_signal(signal.SIGCONT)


@dataclass
class Turn:
    """What clients saw in some seconds."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def figures(self) -> dict[str, float]:
        """Returns requests a second, seconds to an answer, and CPU seconds a request."""
        p50, p95, p99 = np.percentile(self.seconds, [50, 95, 99])
        count = len(self.seconds)
        return {"throughput": count / self.wall, "p50": p50, "p95": p95, "p99": p99, "cpu": self.cpu / count}


def ask_for(server: Server, end: float, turn: Turn, lock: threading.Lock) -> None:
    """Asks until `end`."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    while time.perf_counter() < end:
        begun = time.perf_counter()
        connection.request("POST", server.path, server.body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        with lock:
            turn.seconds.append(time.perf_counter() - begun)
            turn.errors += answer.status != 200
    connection.close()


def drive(server: Server, clients: int, seconds: float) -> Turn:
    """Loads a server with so many clients at once."""
    turn, lock = Turn(), threading.Lock()
    begun, cpu = time.perf_counter(), server.cpu_seconds()
    threads = [threading.Thread(target=ask_for, args=(server, begun + seconds, turn, lock)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turn.wall, turn.cpu = time.perf_counter() - begun, server.cpu_seconds() - cpu
    return turn


def photo(size: int) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (size // 8, size // 8, 3), np.uint8)
    Image.fromarray(noise).resize((size, size)).save(file, "JPEG", quality=90)
    return file.getvalue()


def begin(name: str, command: list, path: str, body: dict) -> Server:
    """Starts a server and waits for the port that it prints."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    process = subprocess.Popen(
        [sys.executable, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"{name} did not start: {' '.join(map(str, command))}")
    port = int(line.split("http://127.0.0.1:")[1].split("/")[0]) if "http" in line else int(line)
    return Server(name, process, port, path, json.dumps(body).encode())


def make_models(folder: Path, network: str, size: int) -> None:
    keras.utils.set_random_seed(0)
    model = create_model(TINY if network == "tiny" else network, num_classes=1000, activation="softmax")
    model.save(folder / "model.keras")
    export_saved_model(model, folder / "served", image_size=size, serving=Serving(batch_sizes=(1,)))
    (folder / "batching.txt").write_text(BATCHING)


def begin_all(folder: Path, size: int, names: list[str]) -> list[Server]:
    image = base64.b64encode(photo(size)).decode()
    ours = ["-m", "effnetv2_keras.cli.main", "serve", "--model-base-path", folder / "served", "--rest-api-port", 0]
    ours += ["--port", -1]
    merged = [*ours, "--enable-batching", "--batching-parameters-file", folder / "batching.txt"]
    asked, path = {"instances": [{"b64": image}]}, "/v1/models/default:predict"
    by_hand = [HERE / "serve_by_hand.py", folder / "model.keras", size]
    rows = [
        ("merged", merged, path, asked),
        ("single", ours, path, asked),
        (BY_HAND, by_hand, "/predict", {"image": image}),
    ]
    return [begin(*row) for row in rows if row[0] in names]


def compare(servers: list[Server], levels: list[int], turns: int, seconds: float) -> dict:
    """Lets the servers take turns; returns figures and errors by clients and server."""
    found: dict = {level: {server.name: [] for server in servers} for level in levels}
    errors = dict.fromkeys((server.name for server in servers), 0)
    for server in servers:
        drive(server, 4, seconds)  # the first calls are not counted
        server.pause()
    for _ in range(turns):
        for level in levels:
            for server in servers:
                server.go_on()
                turn = drive(server, level, seconds)
                server.pause()
                found[level][server.name].append(turn.figures())
                errors[server.name] += turn.errors
    for server in servers:
        server.go_on()
    return {"turns": found, "errors": errors}


def ratios(turns: dict, name: str) -> dict[str, list[float]]:
    """Returns, for each figure, its ratio to `by hand` in each turn."""
    return {f: [own[f] / other[f] for own, other in zip(turns[name], turns[BY_HAND], strict=True)] for f in FIGURES}


def table(found: dict) -> str:
    lines = ["| clients | server | throughput | p50 | p95 | p99 | CPU a request |", "|---|---|---|---|---|---|---|"]
    for level, turns in found["turns"].items():
        for name in turns:
            if name == BY_HAND:
                continue
            cells = [
                f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
                for values in ratios(turns, name).values()
            ]
            lines.append(f"| {level} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def soak(server: Server, seconds: float) -> None:
    """Loads one server for long; prints its memory at each tenth, against that after the first."""
    first, asked, errors = 0.0, 0, 0
    for part in range(1, 11):
        turn = drive(server, 8, seconds / 10)
        asked, errors = asked + len(turn.seconds), errors + turn.errors
        first = first or server.memory_mb()
        print(f"{part}/10  {asked} requests, {errors} errors, memory {server.memory_mb() / first:.3f} of the first")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="a small network and short turns: that it runs")
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="steady load on the merging server alone")
    parser.add_argument("--seconds", type=float, default=6.0, help="a turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    network, size = ("tiny", 64) if options.tiny else ("efficientnetv2-b0", 224)
    levels, turns, seconds = ([1, 4], 1, 1.0) if options.tiny else ([1, 4, 16], options.turns, options.seconds)
    with tempfile.TemporaryDirectory() as scratch:
        make_models(Path(scratch), network, size)
        servers = begin_all(Path(scratch), size, ["merged"] if options.soak else ["merged", "single", BY_HAND])
        try:
            if options.soak:
                soak(servers[0], options.soak)
                return
            found = compare(servers, levels, turns, seconds)
        finally:
            for server in servers:
                server.go_on()
                server.process.terminate()
                server.process.wait()
    print(table(found), f"\nerrors: {found['errors']}")
    if not options.tiny:
        figures = {"network": network, "image_size": size, "seconds": seconds, "features": cpu_features(), **found}
        keep(f"serve_load-{network}-cpu", figures, options.results)


if __name__ == "__main__":
    main()
