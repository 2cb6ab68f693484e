"""A file of measured parts, each a section that can be measured anew by itself."""

from collections.abc import Callable, Sequence
from pathlib import Path


def measure(parts: Sequence[Callable[[], str]], file: str, head: str, chosen: list[str]) -> None:
    """Measure the parts named, or every one, and write their sections; the others stay as they were measured."""
    path = Path(__file__).parent / file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    known = {text.partition("\n")[0]: text for text in before.split("\n## ")[1:]}
    for part in parts:
        if not chosen or part.__name__ in chosen:
            known[_title(part)] = f"{_title(part)}\n\n{part.__doc__}\n\n{part()}"
            print(known[_title(part)], flush=True)
            sections = [f"## {known[title].strip()}\n" for title in map(_title, parts) if title in known]
            path.write_text("\n".join([head, *sections]), encoding="utf-8")


def _title(part: Callable[[], str]) -> str:
    return part.__name__.replace("_", " ")
