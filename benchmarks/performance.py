"""The stored figures of all benchmarks as one page: `docs/performance.md` is written by this, never by hand.

python benchmarks/performance.py                         # writes docs/performance.md
python benchmarks/performance.py --results FOLDER --print    # the table of another folder's figures
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

from performance_lines import LINES
from performance_rows import Line

from effnetv2_keras.files.atomic import write_text

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
NOTHING = "not measured yet"
HEAD = """\
# Performance

Ratios against named peers, each measured beside its peer in one run, from the files in `benchmarks/results/`. This page
is written by `python benchmarks/performance.py`; `make bench` runs every benchmark in a short setting and prints the
same table of what came out. A script's head says what it measures and how, its file on what. "Times" is the peer's time
over ours, so above 1 is faster; where the line says "against the peer's" it is ours over the peer's. Goals are
what the project set out for, of a processor with AMX, and otherwise no worse than the peer. One that is not met stays
here.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument("--print", action="store_true", help="print the table, write nothing")
    options = parser.parse_args()
    if options.print:
        print(table(options.results))
        return
    write_text(PAGE, page(options.results))
    print(f"Written: {PAGE}")


def page(results: Path) -> str:
    """Returns the whole page."""
    return f"{HEAD}\n{table(results)}\n"


def table(results: Path, *, has_unmeasured: bool = True) -> str:
    """Returns the Markdown table, a line each of `LINES`; on request only of those that were measured."""
    rows = ["| what | against | ratio | goal | met | figures |", "|---|---|---|---|---|---|"]
    lines = [told(line, newest(results, line.prefix)) for line in LINES]
    return "\n".join([*rows, *(line for line in lines if has_unmeasured or NOTHING not in line)])


def told(line: Line, path: Path | None) -> str:
    """Returns a line in Markdown, from the file that `newest` found."""
    ratio = None if path is None else line.ratio(json.loads(path.read_text(encoding="utf-8")))
    if path is None or ratio is None:
        return f"| {line.what} | {line.peer} | {NOTHING} | {line.goal} |  | `{line.benchmark}.py` |"
    met = "yes" if line.goal.is_met(ratio) else "no"
    return f"| {line.what} | {line.peer} | {ratio:.2f}{line.goal.unit} | {line.goal} | {met} | `{path.name}` |"


def newest(results: Path, prefix: str) -> Path | None:
    """Returns the stored file of a benchmark whose commit is the latest, None where there is no file."""
    found = [path for path in sorted(results.glob(f"{prefix}-*.json")) if is_of(path, prefix)]
    return max(found, key=when, default=None)


def is_of(path: Path, prefix: str) -> bool:
    """Tells files of `prefix` from those of a benchmark whose longer name begins alike."""
    return not any(len(other.prefix) > len(prefix) and path.name.startswith(f"{other.prefix}-") for other in LINES)


def when(path: Path) -> int:
    """Returns the time of the commit that a file's name ends with, seconds; 0 where Git does not know it."""
    commit = path.stem.rpartition("-")[2]
    words = ["git", "show", "-s", "--format=%ct", f"{commit}^{{commit}}"]
    asked = subprocess.run(words, capture_output=True, text=True, check=False, cwd=HERE)
    return int(asked.stdout) if asked.returncode == 0 else 0


if __name__ == "__main__":
    main()
