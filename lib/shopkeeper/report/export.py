"""Export: an executed notebook becomes one HTML file that needs no network, no script and no other file."""

import datetime as dt
import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from shopkeeper.report.markup import TEMPLATES, css, index_name, tile_html
from shopkeeper.report.words import Sentence, Words, day, number, plain, say, translate

LARGEST = 2_000_000  # bytes
_FORBIDDEN = {
    "a script": r"<script",
    "a reference outside the file": r"""(?:src|href)\s*=\s*["']?\s*(?!data:image/)(?:[a-z][a-z0-9+.-]*:|//)|@import|url\(\s*["']?(?!#)""",
    "an unclosed widget": r"application/vnd\.jupyter\.widget",
}


class ExportError(Exception):
    """A notebook ran, but what it shows cannot be a report."""


@dataclass(frozen=True)
class Provenance:
    """What the footer says of how the report came about. data: hash of the brand's tables."""

    brand: str
    currency: str
    language: str
    notebook: str
    as_of: dt.date
    first_day: dt.date
    parameters: dict[str, Any]
    commit: str
    data: str
    versions: dict[str, str]
    seconds: float
    made_at: dt.datetime


def report_html(notebook: Path, result: dict[str, Any], provenance: Provenance) -> str:
    """The executed notebook at that path as HTML. ExportError when it shows what no offline page can hold."""
    nb = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    return _render(nb, result, provenance)


def missing_html(notebook: Path, why: str, provenance: Provenance) -> str:
    """The one-page report of a brand whose data are not enough: what is missing, and how to supply it."""
    nb = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    words = Words(provenance.language, provenance.currency)
    # Not simply the first: papermill puts cells of its own above a notebook that raised.
    nb.cells = [cell for cell in nb.cells if cell.cell_type == "markdown" and cell.source.startswith("# ")]
    headline = words.text(say("This report cannot be made yet."))
    return _render(nb, {"headline": headline, "warnings": [why]}, provenance)


def _render(nb: NotebookNode, result: dict[str, Any], provenance: Provenance) -> str:
    words = Words(provenance.language, provenance.currency)
    nb.cells = [_translated(cell, provenance.language) for cell in nb.cells]
    title = _take_title(nb)
    nb.cells = _with_something_to_show(nb.cells)
    contents = _mark_parts(nb)
    about = {
        "lang": provenance.language if provenance.language != "zh" else "zh-CN",
        "title": title,
        "brand": provenance.brand,
        "period": words.text(
            say("data from {first} to {last}", first=day(provenance.first_day), last=day(provenance.as_of))
        ),
        "headline": result.get("headline", ""),
        "warnings": result.get("warnings", []),
        "tiles": [tile_html(tile) for tile in result.get("tiles", [])],
        "contents": contents,
        "labels": {"contents": words.text(say("Contents")), "made": words.text(say("How this report was made"))},
        "links": [
            (words.text(say("All reports of {brand}", brand=provenance.brand)), f"../{index_name(provenance.language)}")
        ],
        "facts": [(words.text(name), words.text(value)) for name, value in _facts(provenance)],
        "css": css(),
    }
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="report", extra_template_basedirs=[str(TEMPLATES)], exclude_anchor_links=True
    )
    markup, _ = exporter.from_notebook_node(nb, resources={"about": about})
    return _checked(markup)


def _translated(cell: NotebookNode, language: str) -> NotebookNode:
    if cell.cell_type == "markdown":
        cell.source = translate(cell.source, language)
    else:
        cell.outputs = [_shown(output) for output in cell.outputs if _is_body(output)]
    return cell


def _is_body(output: NotebookNode) -> bool:
    if output.output_type not in {"display_data", "execute_result"}:
        return False
    return bool(output.metadata.get("shopkeeper") != "head")


def _shown(output: NotebookNode) -> NotebookNode:
    if "text/html" not in output.data or "shopkeeper" not in output.metadata:
        raise ExportError(
            f"a cell shows {', '.join(output.data)} past the page; show it with page.figure, table or note."
        )
    return output


def _take_title(nb: NotebookNode) -> str:
    """The notebook's one H1, taken out of its cell: it stands on the first screen."""
    for cell in nb.cells:
        if found := re.match(r"# (.+)", cell.source):
            cell.source = cell.source[found.end() :].strip()
            return found[1].strip()
    raise ExportError("no markdown cell begins with '# ': a report needs its question as title.")


def _with_something_to_show(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Without words about what a brand lacks: parts none of whose code shows anything, and paragraphs whose own does not."""
    first = next((place for place, cell in enumerate(cells) if cell.source.startswith("## ")), len(cells))
    kept: list[NotebookNode] = []
    shows: dict[str, list[bool]] = {"## ": [], "": []}  # of the code below in this part, and below in this paragraph
    for cell in reversed(cells[first:]):
        if cell.cell_type == "code":
            if "finish" not in cell.metadata.get("tags", []):
                for known in shows.values():
                    known.append(bool(cell.outputs))
            kept.append(cell)
            continue
        kind = "## " if cell.source.startswith("## ") else ""
        if any(shows[kind]) or not shows[kind]:
            kept.append(cell)
        shows[""].clear()
        if kind:
            shows[kind].clear()
    return cells[:first] + kept[::-1]


def _mark_parts(nb: NotebookNode) -> list[tuple[str, str]]:
    """Give every H2 an id; (id, title) of each that has anything under it, for the contents."""
    contents: list[tuple[str, str]] = []

    def _mark(found: re.Match[str]) -> str:
        contents.append((f"part-{len(contents) + 1}", found[1].strip()))
        return f'<h2 id="{contents[-1][0]}">{escape(contents[-1][1])}</h2>\n'

    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"^## (.+)$", _mark, cell.source, flags=re.MULTILINE)
    return contents


def _facts(provenance: Provenance) -> list[tuple[Sentence, Sentence]]:
    parameters = ", ".join(f"{name} = {value!r}" for name, value in provenance.parameters.items())
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    return [
        (say("Notebook"), plain(provenance.notebook)),
        (say("Parameters"), plain(parameters)),
        (
            say("Data"),
            say(
                "{hash}, from {first} to {last}",
                hash=provenance.data[:12],
                first=day(provenance.first_day),
                last=day(provenance.as_of),
            ),
        ),
        (say("Code"), plain(provenance.commit)),
        (say("Versions"), plain(versions)),
        (say("Made at"), plain(provenance.made_at.strftime("%Y-%m-%d %H:%M"))),
        (say("Seconds it took"), Sentence("{seconds}", {"seconds": number(provenance.seconds)})),
    ]


def _checked(markup: str) -> str:
    for what, pattern in _FORBIDDEN.items():
        if found := re.search(pattern, _without_text(markup), flags=re.IGNORECASE):
            raise ExportError(f"the page would hold {what}: {found.group()[:80]}")
    if (size := len(markup.encode())) > LARGEST:
        raise ExportError(
            f"the page would have {size / 1e6:.1f} MB; at most {LARGEST / 1e6:.0f} MB can be mailed. Show less, or rasterise."
        )
    return markup


def _without_text(markup: str) -> str:
    """Only what stands inside tags, where a reference can be; escaped text is inert. The policy itself is no reference."""
    return " ".join(re.findall(r"<(?!meta\b)[a-zA-Z][^>]*>", re.sub(r"\sxmlns(:\w+)?=\"[^\"]*\"", "", markup)))


def read_result(folder: Path) -> dict[str, Any] | None:
    """What the page recorded in the folder; None when the notebook never reached its end."""
    path = folder / "result.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
