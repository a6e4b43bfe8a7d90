"""Prints the oldest versions that setup.cfg allows, as pip takes them: `python tests/support/floors.py`."""

import configparser
from pathlib import Path


def floors():
    """Returns `name==version` for each requirement of the package."""
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).parents[2] / "setup.cfg", encoding="utf-8")
    lines = setup["options"]["install_requires"].splitlines()
    return [line.replace(" >= ", "==") for line in lines if line and not line.startswith("#")]


if __name__ == "__main__":
    print(*floors())
