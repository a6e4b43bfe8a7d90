"""Every command that a page names is one: verbs and flags of `effnetv2`, targets of make, scripts that are there."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from effnetv2_keras.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "export/README.md")),
    *(ROOT / "export").glob("*/README.md"),
    *sorted((ROOT / "docs").rglob("*.md")),
]
GROUP = typer.main.get_command(app)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def commands(text):
    """Yields the commands of a page, from blocks that are no Python and from code within the text."""
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S):
        if language in ("", "sh", "bash", "text"):
            yield from block.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def wrong_with(command):
    """Returns what is wrong with a command of ours, or None."""
    words = shlex.split(command.partition(" # ")[0].partition(" | ")[0].replace("...", ""), comments=True)
    verb = GROUP
    for word in words[1:]:
        if hasattr(verb, "commands") and not word.startswith("-"):
            if word not in verb.commands:
                return f"no verb {word}"
            verb = verb.commands[word]
        elif word.startswith("--"):
            flags = {flag for parameter in verb.params for flag in (*parameter.opts, *parameter.secondary_opts)}
            flag = word.partition("=")[0]
            if flag not in flags | {"--help", "--version", "--debug"}:
                return f"{verb.name} has no flag {flag}"
    return None


def by_kind(start):
    found = []
    for page in PAGES:
        for command in commands(page.read_text(encoding="utf-8")):
            found += [(page.relative_to(ROOT).as_posix(), command.strip())] if command.strip().startswith(start) else []
    return found


def test_there_are_many_commands_to_check():
    assert len(by_kind("effnetv2 ")) > 80
    assert len(by_kind("make ")) > 10


def test_verbs_and_flags_are_those_of_the_command_line():
    wrong = {(page, command): wrong_with(command) for page, command in by_kind("effnetv2 ")}
    assert {where: why for where, why in wrong.items() if why} == {}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("effnetv2 train photos/ --epoch 3", "train has no flag --epoch"),
        ("effnetv2 trian photos/", "no verb trian"),
        ("effnetv2 data chek photos/", "no verb chek"),
        ("effnetv2 data check photos/ --near  # slow", None),
    ],
)
def test_what_is_wrong_is_seen(command, why):
    assert wrong_with(command) == why


def test_targets_of_make_are_there():
    missing = [(page, line) for page, line in by_kind("make ") if not set(line.split("#")[0].split()[1:2]) <= TARGETS]
    assert missing == []


def test_scripts_that_are_run_are_there():
    named = {(page, line.split()[1]) for page, line in by_kind("python ") if line.split()[1].endswith(".py")}
    ours = {(page, path) for page, path in named if path.startswith(("benchmarks/", "examples/", "export/", "tests/"))}
    assert len(ours) > 5
    assert {(page, path) for page, path in ours if not (ROOT / path).is_file()} == set()
