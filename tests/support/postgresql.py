"""A PostgreSQL of one's own, from Debian's package: in a folder of its own, reached by a socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

SETTINGS = ("listen_addresses=", "fsync=off", "max_connections=20")


def find_programs():
    """Returns the folder of PostgreSQL's programs, None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def postgresql(programs):
    """Runs a server; gives the URL of its database without its name."""
    user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
    home = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has 107 letters at most
    if user:
        shutil.chown(home, user)
    options = " ".join(f"-c {setting}" for setting in SETTINGS)
    start = [programs / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log", "-o", f"{options} -k {home}", "start"]
    stop = [programs / "pg_ctl", "-D", home / "data", "-w", "-m", "immediate", "stop"]
    surroundings = {"user": user, "cwd": home, "check": True, "stdout": subprocess.DEVNULL}
    try:
        subprocess.run([programs / "initdb", "-D", home / "data", "-A", "trust", "-U", "test", "-N"], **surroundings)
        subprocess.run(start, **surroundings)
        try:
            yield f"postgresql+psycopg://test@/{{name}}?host={home}"
        finally:
            subprocess.run(stop, **surroundings)
    finally:
        shutil.rmtree(home)
