"""Draws docs/images/rooms.svg and the table of docs/architecture.md from the imports of the code.

    python tests/support/rooms_picture.py

An arrow leads from a room to one that it imports. Where another way leads down to the same room the arrow is left out,
so that the picture can be read; the table names all imports.
"""

from pathlib import Path

from rooms import FLOORS, imports

from effnetv2_keras.files.atomic import write_text

DOCS = Path(__file__).parents[2] / "docs"
PICTURE, PAGE = DOCS / "images" / "rooms.svg", DOCS / "architecture.md"
BEGIN, END = "<!-- imports: begin -->\n", "<!-- imports: end -->\n"
WIDTH, STEP, BOX, TALL = 720, 92, 124, 40  # px: the picture, from floor to floor, a room
COLOURS = ("#00695c", "#00796b", "#00897b", "#26a69a", "#ef6c00", "#f4511e", "#d84315")
ABOUT = (
    "facts",
    "maths",
    "networks, images, runs",
    "to train, to ask",
    "to ship, to tell",
    "to serve, to search",
    "verbs",
)
HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {{height}}"'
    ' font-family="sans-serif" font-size="14">\n'
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#8a8a8a"/></marker></defs>\n'
)


def picture(imported=None, floors=FLOORS):
    """Returns the SVG of the rooms that `imported` names for each room."""
    imported = imports() if imported is None else imported
    places = {}
    top = max(floors.values())
    for floor in range(top + 1):
        rooms = [room for room, own in floors.items() if own == floor]
        for number, room in enumerate(rooms):
            middle = 110 + (WIDTH - 110) * (number + 0.5) / len(rooms)
            places[room] = (middle, 20 + (top - floor) * STEP)
    lines = [HEAD.format(height=top * STEP + TALL + 40)]
    for room in floors:
        lines += [
            arrow(places[room], places[other]) for other in sorted(nearest(room, imported), key=list(floors).index)
        ]
    for room, (middle, upper) in places.items():
        colour = COLOURS[floors[room]]
        lines.append(
            f'<rect x="{middle - BOX / 2:.0f}" y="{upper}" width="{BOX}" height="{TALL}" rx="6" fill="{colour}"/>'
            f'<text x="{middle:.0f}" y="{upper + 25}" text-anchor="middle" fill="#fff">{room}</text>'
        )
    for floor in range(top + 1):
        lower = 20 + (top - floor) * STEP
        lines.append(
            f'<text x="4" y="{lower + 18}" fill="#8a8a8a" font-size="12">floor {floor}</text>'
            f'<text x="4" y="{lower + 33}" fill="#8a8a8a" font-size="9">{ABOUT[floor]}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def nearest(room, imported):
    """Returns what a room imports and reaches by no other room."""
    return {other for other in imported[room] if not any(other in below(way, imported) for way in imported[room])}


def below(room, imported):
    """Returns every room that a room reaches."""
    return imported[room].union(*(below(other, imported) for other in imported[room]))


def arrow(start, end):
    """Returns a curve from the bottom of one room to the top of another."""
    (x, y), (to_x, to_y) = start, end
    y += TALL
    bend = (to_y - y) / 2
    return (
        f'<path d="M{x:.0f} {y} C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} {to_x:.0f} {to_y - 2}"'
        ' fill="none" stroke="#8a8a8a" stroke-width="1.4" marker-end="url(#tip)"/>'
    )


def table(imported=None, floors=FLOORS):
    """Returns the imports of every room as a table in Markdown, the highest floor first."""
    imported = imports() if imported is None else imported
    lines = ["| floor | room | imports |", "|---|---|---|"]
    for room in sorted(floors, key=lambda room: -floors[room]):
        others = ", ".join(f"`{other}`" for other in sorted(imported[room]))
        lines.append(f"| {floors[room]} | `{room}` | {others or 'nothing'} |")
    return "\n".join(lines) + "\n"


def with_table(text):
    """Returns the page with the table of now between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    write_text(PICTURE, picture())
    write_text(PAGE, with_table(PAGE.read_text(encoding="utf-8")))
