"""Messages: every sentence that a reader can meet, gathered for the translators.

Run `python -m shopkeeper.report.messages` after changing words: it brings each catalogue up to date, keeps the
translations that still fit, and leaves new sentences empty, which a test then refuses.
"""

import ast
import json
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from shopkeeper.ingest import reasons
from shopkeeper.places import PROJECT
from shopkeeper.report.words import LANGUAGES, read_catalogue

LIBRARY = Path(__file__).resolve().parents[1]


def messages() -> dict[str, str]:
    """Each sentence → the file it first stands in."""
    found: dict[str, str] = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        found |= dict.fromkeys(said(path.read_text(encoding="utf-8")), path.name) | found
    for path in sorted((PROJECT / "notebooks").glob("*.ipynb")):
        found |= dict.fromkeys(_said_in_notebook(path), path.name) | found
    for path in sorted((LIBRARY / "ingest" / "mappings").glob("*.toml")):
        rules = [rule["rule"] for rule in tomllib.loads(path.read_text(encoding="utf-8")).get("exclude", [])]
        found |= dict.fromkeys(rules, path.name) | found
    return dict.fromkeys(reasons.ALL, "reasons.py") | found


def said(code: str) -> list[str]:
    """The first argument of every call of `say` in the code."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "say"]
    return [
        call.args[0].value
        for call in named
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    ]


def _said_in_notebook(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = [cell for cell in cells if "explore" not in cell["metadata"].get("tags", [])]
    texts = ["".join(cell["source"]) for cell in shown if cell["cell_type"] == "markdown"]
    return [text.strip() for text in texts] + [
        sentence for cell in shown if cell["cell_type"] == "code" for sentence in said("".join(cell["source"]))
    ]


def updated(language: str) -> Catalog:
    """The language's catalogue with exactly the sentences of today, and the translations known for them."""
    known = {message.id: message.string for message in read_catalogue(language) if message.id}
    catalogue = Catalog(locale=LANGUAGES[language], project="shopkeeper", fuzzy=False)
    for sentence, place in sorted(messages().items(), key=lambda item: (item[1], item[0])):
        catalogue.add(sentence, known.get(sentence, ""), auto_comments=[place])
    return catalogue


if __name__ == "__main__":
    for name in LANGUAGES:
        if name != "en":
            target = LIBRARY / "report" / "locale" / name / "messages.po"
            fresh = updated(name)
            with target.open("wb") as file:
                write_po(file, fresh, width=110, omit_header=True)
