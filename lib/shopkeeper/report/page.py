"""The page: what a notebook calls to speak to its reader. In JupyterLab it shows; in a batch run it also records."""

import html
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from IPython.display import HTML, display

from shopkeeper.decisions import Claim, Decision
from shopkeeper.lists import list_text, list_workbook, replace_bytes, replace_text
from shopkeeper.report.markup import css, tile_html
from shopkeeper.report.words import LANGUAGES, Kind, Sentence, Value, Words, say
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError

if TYPE_CHECKING:  # what draws and lays out takes two seconds to load: a page does so when it first needs it
    from matplotlib.figure import Figure

Column = tuple[Sentence, Kind]  # a label, and how its cells are read
Draw = Callable[[pd.DataFrame, Words], "Figure"]
Tile = tuple[Sentence, Value, Sentence]  # a label, a number, and its interval

_WORDS = 60  # bytes from which a cell's text is a sentence


class Page:
    """One report in the making: its first screen, its evidence, and what it decides and claims.

    language: en or zh; the brand is seen at the end of as_of. Where the runner set SHOPKEEPER_RESULT, what the page says is also written to that folder.
    """

    def __init__(self, brand: str, as_of: str = "", language: str = "en") -> None:
        if language not in LANGUAGES:
            raise DataError(f"language: {language!r} is not one of {', '.join(LANGUAGES)}.")
        self.shop = Shop(brand, as_of)
        self.words = Words(language, self.shop.brand.currency)
        self._figures = 0
        self._folder = Path(os.environ["SHOPKEEPER_RESULT"]) if os.environ.get("SHOPKEEPER_RESULT") else None
        self._result: dict[str, Any] = {name: [] for name in ("tiles", "warnings", "decisions", "claims", "files")}
        self._result["as_of"] = str(self.shop.as_of)
        if not self._folder:
            self._show(f"<style>.shopkeeper {{ {css().replace(':root', '&')} }}</style>")

    def need(self, *tables: str) -> None:
        """Stop, with a page that says so, where the brand lacks one of these tables."""
        missing = [name for name in tables if not self.shop.has(name)]
        self.require(
            not missing,
            say(
                "{brand} has no {tables}, and this report is made from them. Put the export that holds them into the "
                "brand's raw/ folder and run again; data/README.md lists the columns of every table.",
                brand=self.shop.brand.title,
                tables=", ".join(missing),
            ),
        )

    def require(self, enough: bool, otherwise: Sentence) -> None:
        """Stop, with a page that says why, where the data are not enough."""
        if not enough:
            raise DataError(self.words.text(otherwise))

    def headline(self, sentence: Sentence) -> None:
        """The one sentence of the first screen: what changed, and what to do."""
        self._result["headline"] = self.words.text(sentence)
        self._show(f'<p class="headline">{self.words.html(sentence)}</p>', part="head")

    def tile(self, label: Sentence, value: Value, interval: Sentence) -> None:
        """One number of the first screen, with the interval or usual range that it is read against."""
        tile = {
            "label": self.words.text(label),
            "value": self.words.value(value),
            "interval": self.words.text(interval),
        }
        self._result["tiles"].append(tile)
        self._show(tile_html(tile), part="head")

    def tiles(self, rows: Iterable[Tile]) -> None:
        """Numbers of the first screen, in this order."""
        for row in rows:
            self.tile(*row)

    def check(self, is_fine: bool, otherwise: Sentence) -> None:
        """A banner on the first screen, where a check failed."""
        if not is_fine:
            self._result["warnings"].append(self.words.text(otherwise))
            self._show(f'<p class="warning">{self.words.html(otherwise)}</p>', part="head")

    def note(self, sentence: Sentence | None) -> None:
        """A computed sentence between the notebook's own; None for nothing to say."""
        if sentence:
            self._show(f"<p>{self.words.html(sentence)}</p>")

    def notes(self, sentences: Iterable[Sentence]) -> None:
        """Several of them, one after the other."""
        for sentence in sentences:
            self.note(sentence)

    def figure(self, draw: Draw, title: Sentence | None, data: pd.DataFrame, columns: Mapping[str, Column]) -> None:
        """A chart: its title states the finding and is its alt text; its data stand in a table folded under it.

        draw makes the chart of data and words; without data only the title is shown, which then says so, or is None.
        """
        if data.empty or not title:
            return self.note(title)
        from shopkeeper.report import style

        self._figures += 1
        text = self.words.html(title)
        drawing = style.svg(draw(data, self.words), f"f{self._figures}")
        table = self._table_html(data, columns)
        fold = html.escape(self.words.text(say("The numbers behind the chart")))
        return self._show(
            f'<figure><figcaption>{text}</figcaption><div role="img" aria-label="{text}">{drawing}</div>'
            f"<details><summary>{fold}</summary>{table}</details></figure>"
        )

    def table(self, data: pd.DataFrame, columns: Mapping[str, Column], title: Sentence) -> None:
        """A table; columns maps a column of data to its label and kind, in the order shown. Nothing without rows."""
        if not data.empty:
            table = self._table_html(data, columns)
            self._show(f"<figure><figcaption>{self.words.html(title)}</figcaption>{table}</figure>")

    def folded(self, data: pd.DataFrame, columns: Mapping[str, Column], title: Sentence) -> None:
        """A table as of `table`, folded away under its title: for what is there to be looked up."""
        if not data.empty:
            table = self._table_html(data, columns)
            self._show(f"<details><summary>{self.words.html(title)}</summary>{table}</details>")

    def file(self, name: str, data: pd.DataFrame, about: Sentence) -> None:
        """A CSV and an XLSX beside the report, for lists of customers, which no page shows. No cell begins a formula.

        An empty one is written, so that none of an earlier run is taken for today's; the report does not offer it.
        """
        files = [f"{name}.csv", f"{name}.xlsx"]
        if self._folder:
            text = list_text(list(data.columns), data.itertuples(index=False))
            replace_text(self._folder / files[0], f"\ufeff{text}")
            replace_bytes(self._folder / files[1], list_workbook(data))
            self._result["files"] += files
        if len(data):
            shown = " ".join(f"<code>{html.escape(file)}</code>" for file in files)
            self._show(f"<p>{self.words.html(about)} {shown}</p>")

    def decisions(self, rows: Iterable[Decision]) -> None:
        """What to do, each with its gain in money; the runner records them."""
        self._result["decisions"] += [row.as_dict() for row in rows]

    def claims(self, rows: Iterable[Claim]) -> None:
        """What will happen, said so that it can be scored; the runner records them."""
        self._result["claims"] += [row.as_dict() for row in rows]

    def finish(self) -> None:
        """The last call of every notebook: the marker that the runner trusts."""
        if self._folder:
            temporary = self._folder / "result.json.tmp"
            temporary.write_text(json.dumps(self._result, ensure_ascii=False), encoding="utf-8")
            temporary.replace(self._folder / "result.json")

    def _show(self, markup: str, part: str = "body") -> None:
        inside = markup if self._folder else f'<div class="shopkeeper">{markup}</div>'
        display(HTML(inside), metadata={"shopkeeper": part})  # type: ignore[no-untyped-call]

    def _table_html(self, data: pd.DataFrame, columns: Mapping[str, Column]) -> str:
        from great_tables import GT

        said = pd.DataFrame(
            {name: [self._cell(cell, kind) for cell in data[name]] for name, (_, kind) in columns.items()}, dtype=object
        )
        labels: dict[str, Any] = {name: self.words.text(label) for name, (label, _) in columns.items()}
        numbers = [name for name, (_, kind) in columns.items() if kind != "text"]
        made = GT(said).cols_label(labels).cols_align("left").cols_align("right", columns=numbers)
        return f'<div class="table">{_wide(_lean(made.as_raw_html()))}</div>'

    def _cell(self, cell: Any, kind: str) -> str:
        if isinstance(cell, Sentence):
            return self.words.text(cell)
        if cell is None or cell is pd.NaT or cell != cell:
            return "–"
        return str(cell) if kind == "text" else self.words.value(Value(cell, kind))  # type: ignore[arg-type]


def _wide(table: str) -> str:
    """Cells of many words, marked so that they get the room that words need; a Chinese character takes three bytes."""
    return re.sub(
        r'(<td class="[^"]*gt_left)(">)([^<]*)',
        lambda cell: f"{cell[1]}{' words' if len(cell[3].encode()) > _WORDS else ''}{cell[2]}{cell[3]}",
        table,
    )


def _lean(table: str) -> str:
    """great_tables' markup without its style sheet and ids: the page has one style sheet, and ids must be unique."""
    table = re.search(r"<table.*?</table>", table, flags=re.DOTALL).group()  # type: ignore[union-attr]
    return re.sub(
        r"<[a-z]+ [^>]*>", lambda tag: re.sub(r' (id|headers|style|data-\w[\w-]*)="[^"]*"', "", tag.group()), table
    )
