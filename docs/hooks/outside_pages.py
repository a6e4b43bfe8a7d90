"""Pages that lie outside docs/, and links between the two: right in the repository and right on the site.

A link to a file of the repository becomes a link to its page, or to the repository's address where it has none.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[2]
#  a file of the repository          its page on the site
PAGES = {
    "export/README.md":         "kit/index.md",
    "export/mobile/README.md":  "kit/mobile.md",
    "CHANGELOG.md":             "project/changelog.md",
    "CONTRIBUTING.md":          "project/contributing.md",
    "SECURITY.md":              "project/security.md",
    "README.md":                "index.md",
}  # fmt: skip
FENCE = re.compile(r"^(```.*?^```)$", re.M | re.S)
LINK = re.compile(r"(\]\()([^)#\s]*)(#[^)\s]*)?(\))")


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages that lie outside."""
    from mkdocs.structure.files import File

    for source, uri in PAGES.items():
        if source != "README.md":
            files.append(File.generated(config, uri, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, **_others: Any) -> str:
    """Rewrites the links of a page that lead out of its own part of the repository."""
    uri = page.file.src_uri
    source = source_of(uri)
    parts = FENCE.split(markdown)
    parts[::2] = [
        LINK.sub(lambda found: rewritten(found, source, uri, config["repo_url"]), part) for part in parts[::2]
    ]
    return "".join(parts)


def rewritten(found: re.Match[str], source: str, uri: str, repository: str) -> str:
    """Returns a link of the file `source`, whose page is `uri`, as the site needs it."""
    before, target, fragment, after = found.groups(default="")
    if not target or "://" in target or target.startswith("mailto:"):
        return found[0]
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if target.endswith("/") and file.startswith("docs/"):
        return f"{before}{repository}/tree/main/{file}{after}"
    page = page_of(file)
    if page is not None:
        return f"{before}{posixpath.relpath(page, posixpath.dirname(uri) or '.')}{fragment}{after}"
    if not (ROOT / file).exists():
        return found[0]
    kind = "tree" if (ROOT / file).is_dir() else "blob"
    return f"{before}{repository}/{kind}/main/{file}{fragment}{after}"


def source_of(uri: str) -> str:
    """Returns the file of the repository that a page is made of."""
    if uri.startswith("notebooks/"):
        return uri.replace(".md", ".ipynb")
    return next((file for file, page in PAGES.items() if page == uri and file != "README.md"), f"docs/{uri}")


def page_of(file: str) -> str | None:
    """Returns the page of a file of the repository, or None."""
    if file.startswith("docs/"):
        return file.removeprefix("docs/")
    if file.startswith("notebooks/") and file.endswith(".ipynb"):
        return file.replace(".ipynb", ".md")
    return PAGES.get(file)
