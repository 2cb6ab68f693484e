"""Planning: which reports there are to make, with which parameters, and which inputs changed since the last time."""

import ast
import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shopkeeper import fingerprints
from shopkeeper.places import place
from shopkeeper.tables import DataError

_SECRET = re.compile(r"key|token|secret|password", re.IGNORECASE)
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


class UsageError(Exception):
    """A command that cannot be carried out as given: nothing was run."""


@dataclass(frozen=True)
class Job:
    """One report to make. fingerprint: a hash of each input; equal ones mean an equal report."""

    brand: str
    notebook: Path
    as_of: str
    language: str
    parameters: tuple[tuple[str, Any], ...]
    fingerprint: tuple[tuple[str, str], ...]

    @property
    def stem(self) -> Path:
        """reports/<brand>/<as_of>/NN_name.<language>, to which an ending is added."""
        return place("reports") / self.brand / self.as_of / f"{self.notebook.stem}.{self.language}"

    @property
    def title(self) -> str:
        """How the job is called in progress and events."""
        return f"{self.brand} {self.notebook.stem} {self.as_of} {self.language}"


def notebooks(chosen: list[str]) -> list[Path]:
    """The numbered notebooks, or those whose name or number was chosen. UsageError for one that is not there."""
    known = sorted(place("notebooks").glob("[0-9][0-9]_*.ipynb"))
    if not chosen:
        return known
    found = {name: [path for path in known if name in {path.stem, path.name, path.stem[:2]}] for name in chosen}
    if missing := [name for name, paths in found.items() if not paths]:
        raise UsageError(f"no notebook {', '.join(missing)}; there are {', '.join(path.stem for path in known)}.")
    return sorted({path for paths in found.values() for path in paths})


def typed_parameters(notebook: Path, given: dict[str, str]) -> dict[str, Any]:
    """The given parameters in the types that the notebook's `parameters` cell annotates.

    UsageError for an unknown name, a value that is not of the type, or a name that could hold a secret.
    """
    known = _annotations(notebook)
    if secret := [name for name in given if _SECRET.search(name)]:
        raise UsageError(
            f"--param {secret[0]}: a report prints its parameters, so no secret may be one. Set it in the environment."
        )
    if unknown := [name for name in given if name not in known]:
        raise UsageError(f"--param {unknown[0]}: {notebook.stem} has no such parameter; it has {', '.join(known)}.")
    return {name: _typed(notebook, name, known[name], text) for name, text in given.items()}


def _annotations(notebook: Path) -> dict[str, str]:
    """Name and annotation of each parameter, read without running anything."""
    cells = [source for _, source, tags in _cells(notebook) if "parameters" in tags]
    if len(cells) != 1:
        raise UsageError(f"{notebook.name} has {len(cells)} cells tagged `parameters`; it needs one.")
    statements = ast.parse(cells[0]).body
    if untyped := [ast.unparse(node) for node in statements if not isinstance(node, ast.AnnAssign)]:
        raise UsageError(
            f"{notebook.name}: every parameter carries its type; write `{untyped[0].replace(' =', ': str =')}`."
        )
    return {
        ast.unparse(node.target): ast.unparse(node.annotation) for node in statements if isinstance(node, ast.AnnAssign)
    }


def _typed(notebook: Path, name: str, annotation: str, text: str) -> Any:
    kinds = [part.strip() for part in annotation.split("|")]
    if text == "" and "None" in kinds:
        return None
    kind = next((kind for kind in kinds if kind in _TYPES), None)
    try:
        if kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        if kind:
            return _TYPES[kind](text)
    except (ValueError, KeyError):
        pass
    raise UsageError(f"--param {name}={text}: {notebook.stem} takes {annotation} here, such as {_example(kind)}.")


def _example(kind: str | None) -> str:
    return {"int": "28", "float": "0.5", "bool": "true"}.get(kind or "", "a text")


def make_job(
    brand: str, manifest: dict[str, Any], notebook: Path, as_of: str, language: str, given: dict[str, Any]
) -> Job:
    """The job for a brand and a notebook; as_of empty takes the last complete day of the brand's data."""
    day = as_of or manifest["last_complete_day"] or ""
    if not day:
        raise DataError(f"{brand}: its tables hold neither orders nor totals, and so no day to report on.")
    if not manifest["first_day"] <= day <= manifest["last_day"]:
        raise DataError(
            f"as_of: {day} lies outside the data of {brand}, which run from {manifest['first_day']} to {manifest['last_day']}."
        )
    parameters = {"brand": brand, "as_of": day, "language": language, **given}
    fingerprint = {
        "notebook": fingerprints.of_text(json.dumps(_cells(notebook))),
        "parameters": fingerprints.of_text(json.dumps(parameters, sort_keys=True)),
        "data": manifest["data"],
        "brand.toml": manifest["inputs"]["brand.toml"],
        **fingerprints.of_code(),
    }
    return Job(brand, notebook, day, language, tuple(parameters.items()), tuple(fingerprint.items()))


def changed(job: Job) -> list[str]:
    """Names of the inputs that changed since the job's report was made; ['never made'] when there is none."""
    state = read_state(job)
    if not state or not job.stem.with_name(f"{job.stem.name}.html").exists():
        return ["never made"]
    return [name for name, value in job.fingerprint if state["fingerprint"].get(name) != value]


def read_state(job: Job) -> dict[str, Any]:
    """What stands beside the job's report: its fingerprint and what it said; empty without a report."""
    path = job.stem.with_name(f"{job.stem.name}.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def check_day(as_of: str) -> str:
    """The day as given, if it is one. UsageError otherwise."""
    try:
        return str(dt.date.fromisoformat(as_of)) if as_of else ""
    except ValueError as error:
        raise UsageError(f"--as-of {as_of}: not a day; write it as YYYY-MM-DD.") from error


def _cells(notebook: Path) -> list[tuple[str, str, list[str]]]:
    """Kind, source and tags of each cell. A notebook is JSON; nbformat would take two seconds to import."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", [])) for cell in cells]
