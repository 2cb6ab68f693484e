"""Shape: rows that are no data at all, and cells that cannot hold what they should, told before types are."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.ingest import reasons
from shopkeeper.ingest.mapping import Mapping
from shopkeeper.ingest.readers import Batch

_LONGEST_CELL = 32_767  # what a spreadsheet can hold
_TOTALS = r"(?i)^(合计|总计|小计|总和|共计|grand total|totals?|sum|summe)\s*[:：]?$"
_SHORT_FORM = r"^\d(\.\d+)?[eE]\+\d{2}$"


def trim(cells: pa.Array) -> pa.Array:
    """Texts without blanks around them, nor the mark that exports begin with: pasted together, it stands in their middle."""
    return pc.utf8_trim_whitespace(pc.utf8_ltrim(cells, characters="\ufeff"))


def faults(batch: Batch, headers: list[str], mapping: Mapping, placed: dict[str, int]) -> pa.Array:
    """Of each row what is wrong with its shape, null where nothing is: the reader's own finding comes last but one."""
    cells = {name: trim(batch.cells[position]) for name, position in placed.items()}
    found = batch.faults
    for test, reason in [
        (_holds(cells, lambda cell: pc.greater(pc.utf8_length(cell), _LONGEST_CELL)), reasons.LONG),
        (_holds(_texts(cells, mapping), lambda cell: pc.match_substring_regex(cell, _SHORT_FORM)), reasons.LOST_DIGITS),
        (_is_totals(batch, cells, mapping), reasons.TOTALS),
        (_is_header(cells, headers, placed), reasons.HEADER_AGAIN),
    ]:
        found = pc.if_else(test, pa.scalar(reason, pa.string()), found)
    return found


def _holds(cells: dict[str, pa.Array], test: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Rows of which any cell passes the test."""
    found = pa.scalar(False)
    for cell in cells.values():
        found = pc.or_(found, pc.fill_null(test(cell), False))
    return found


def _texts(cells: dict[str, pa.Array], mapping: Mapping) -> dict[str, pa.Array]:
    return {name: cell for name, cell in cells.items() if mapping.columns[name].type == "text"}


def _is_totals(batch: Batch, cells: dict[str, pa.Array], mapping: Mapping) -> pa.Array:
    """The first cell says so, and a cell that every row of data needs is empty."""
    needed = {name: cell for name, cell in cells.items() if not mapping.columns[name].optional}
    says = pc.match_substring_regex(trim(batch.cells[0]), _TOTALS)
    lacks = _holds(needed, lambda cell: pc.fill_null(pc.equal(cell, ""), True))
    return pc.and_(pc.fill_null(says, False), lacks)


def _is_header(cells: dict[str, pa.Array], headers: list[str], placed: dict[str, int]) -> pa.Array:
    """Every cell repeats its header."""
    found = pa.scalar(bool(cells))
    for name, cell in cells.items():
        found = pc.and_(found, pc.fill_null(pc.equal(cell, headers[placed[name]].strip()), False))
    return found
