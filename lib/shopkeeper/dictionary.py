"""The data dictionary: data/README.md, written from the schemas. Run `python -m shopkeeper.dictionary` after a change."""

from shopkeeper.places import PROJECT
from shopkeeper.tables import TABLES, Table

_HEAD = """\
# Data

One folder a brand: `brand.toml` says what the brand is, `raw/` holds the exports as they came, `tables/` what import
made of them (with `rejects/` beside), `record/` the decisions and claims, `fits/` what models learnt, which can be
deleted. Only `brand.toml` is kept in git.

A file in `raw/` whose headers are the columns of a table below is imported as it is; name it after the table. Formats
of shops and platforms have mappings of their own, in `lib/shopkeeper/ingest/mappings/`.

Money is in the brand's currency; times are in the brand's time zone, without offset; rates are 0 to 1; identifiers are
text. Customers and visitors are kept under a keyed hash only. A file that carries a `currency` column is checked
against the brand's.

This page is written by `python -m shopkeeper.dictionary`; a test holds it to the schemas.
"""


def dictionary() -> str:
    """The whole page, in Markdown: every table with its grain, key and columns."""
    return _HEAD + "".join(f"\n{_section(table)}" for table in TABLES.values())


def _section(table: Table) -> str:
    key = f"Key: {', '.join(table.key)}." if table.key else "No key: equal rows are separate facts."
    rows = [
        f"| {c.name} | {c.type} | {'yes' if c.required else ''} | {_meaning(c.meaning, c.low)} |" for c in table.columns
    ]
    head = ["| column | type | needed | meaning |", "|---|---|---|---|"]
    return "\n".join(
        [f"## {table.name}", "", f"One row is {table.one_row_is}. {key} {_seen(table)}", "", *head, *rows, ""]
    )


def _meaning(meaning: str, low: float | None) -> str:
    return meaning if low is None else f"{meaning}; at least {low:g}"


def _seen(table: Table) -> str:
    if table.planned:
        return f"Seen from the end of its period on, and as a plan, without {' and '.join(table.measured)}, from {table.planned} on."
    if table.known:
        return f"Seen from {'the end of its period' if table.known == 'period_end' else table.known} on."
    return f"Seen with its row in {table.through}." if table.through else "Declared constant: seen on every day."


if __name__ == "__main__":
    (PROJECT / "data" / "README.md").write_text(dictionary(), encoding="utf-8")
