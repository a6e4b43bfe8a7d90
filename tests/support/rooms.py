"""The rooms of the package: the floor each stands on, and what it imports."""

import ast
from pathlib import Path

import effnetv2_keras

PACKAGE = Path(effnetv2_keras.__file__).parent
FLOORS = {
    "configs": 0,
    "files": 0,
    "layers": 1,
    "augment": 1,
    "models": 2,
    "data": 2,
    "runs": 2,
    "training": 3,
    "inference": 3,
    "explain": 3,
    "export": 4,
    "report": 4,
    "serving": 5,
    "nas": 5,
    "cli": 6,
}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


def room_of(path):
    return path.relative_to(PACKAGE).parts[0]


def imports_of(path):
    """Yields every module that a file names in an import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module


def rooms_imported(path):
    """Yields the room of every import of a file, its own too."""
    for module in imports_of(path):
        parts = module.split(".")
        if parts[0] == "effnetv2_keras" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
            yield parts[1]


def imports():
    """Returns the rooms that each room imports, without itself."""
    found = {room: set() for room in FLOORS}
    for path in FILES:
        found[room_of(path)].update(rooms_imported(path))
    return {room: others - {room} for room, others in found.items()}
