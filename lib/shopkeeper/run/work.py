"""Working: one job from notebook to published report. Nothing here knows of the other jobs."""

import datetime as dt
import html
import json
import os
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from nbclient.exceptions import DeadKernelError
from papermill import execute_notebook
from papermill.exceptions import PapermillExecutionError

from shopkeeper import decisions
from shopkeeper.brand import load_brand
from shopkeeper.ingest import read_manifest
from shopkeeper.places import PROJECT
from shopkeeper.report.export import Provenance, missing_html, read_result, report_html
from shopkeeper.run.kernel import Watch, kernel
from shopkeeper.run.plan import Job

_SHOWN_VERSIONS = ("shopkeeper", "pandas", "ibis-framework", "duckdb", "papermill")


@dataclass(frozen=True)
class Outcome:
    """How a job ended. status: made, missing (a page says which data are lacking), failed or interrupted."""

    title: str
    status: str
    seconds: float
    error: str = ""


def work(job: Job, folder: Path, threads: int, limit: float) -> Outcome:
    """Run the job's notebook in a kernel of its own and publish its report, or leave the last good one in place.

    folder: the run's scratch folder, on the same disk as the reports; a file `stop` in it ends the job.
    limit: seconds that the notebook may take.
    """
    began = time.monotonic()
    scratch = folder / job.title.replace(" ", "_")
    scratch.mkdir(parents=True)
    status, error = _execute(job, scratch, threads, limit, folder / "stop")
    seconds = time.monotonic() - began
    try:
        if status in {"made", "missing"}:
            _publish(job, scratch, status, error, seconds)
            return Outcome(job.title, status, seconds, error if status == "missing" else "")
    except Exception as fault:  # whatever it is, the other jobs go on and the last good report stays
        status, error = "failed", f"{type(fault).__name__}: {fault}"
    if status == "failed":
        _note_failure(job, error)
    return Outcome(job.title, status, seconds, error)


def _execute(job: Job, scratch: Path, threads: int, limit: float, stop: Path) -> tuple[str, str]:
    """Status and error. papermill's own account of cells is not asked: only the marker and the exception are true."""
    batch = _without_explore(job.notebook, scratch)
    for attempt in (1, 2):
        with kernel(threads, scratch) as manager:
            watch = Watch(manager, limit, stop)
            try:
                execute_notebook(
                    str(batch),
                    str(scratch / "notebook.ipynb"),
                    parameters=dict(job.parameters),
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    km=manager,
                )
            except PapermillExecutionError as fault:
                kind = "missing" if fault.ename in {"DataError", "NoDataError"} else "failed"
                return kind, str(fault.evalue) if kind == "missing" else f"{fault.ename}: {fault.evalue}"
            except DeadKernelError:
                return _verdict(watch, "the kernel died")
            except Exception as fault:
                if attempt == 1 and not watch.verdict and not manager.has_kernel:
                    continue  # it never started: ports and sockets can collide
                return _verdict(watch, f"{type(fault).__name__}: {fault}")
            finally:
                watch.end()
            return ("made", "") if read_result(scratch) else _verdict(watch, "the notebook ended before its last cell")
    return "failed", "the kernel did not start"


def _without_explore(notebook: Path, scratch: Path) -> Path:
    """A copy of the notebook without the cells that only a person in JupyterLab can use."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"] = [cell for cell in content["cells"] if "explore" not in cell["metadata"].get("tags", [])]
    path = scratch / notebook.name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _verdict(watch: Watch, otherwise: str) -> tuple[str, str]:
    return ("interrupted" if watch.verdict == "interrupted" else "failed"), watch.verdict or otherwise


def _publish(job: Job, scratch: Path, status: str, why: str, seconds: float) -> None:
    """Render beside the final place, then rename: lists first, then the page, then the state that vouches for both."""
    result = read_result(scratch) or {}
    provenance = _provenance(job, seconds)
    made = scratch / "notebook.ipynb"
    page = report_html(made, result, provenance) if status == "made" else missing_html(made, why, provenance)
    job.stem.parent.mkdir(parents=True, exist_ok=True)
    for name in result.get("files", []):
        os.replace(scratch / name, job.stem.parent / name)
    _replace(job.stem.with_name(f"{job.stem.name}.html"), page, scratch)
    brand = load_brand(job.brand)
    decisions.record(brand, job.notebook.stem, dt.date.fromisoformat(job.as_of), result)
    said = {name: result.get(name, []) for name in ("headline", "tiles", "warnings", "files")}
    state = {
        "status": status,
        "why": why,
        "seconds": round(seconds, 1),
        "made_at": _now(),
        "title": _title(page),
        **said,
    }
    _replace(
        job.stem.with_name(f"{job.stem.name}.json"),
        json.dumps(state | {"fingerprint": dict(job.fingerprint)}, ensure_ascii=False),
        scratch,
    )
    job.stem.with_name(f"{job.stem.name}.failed.json").unlink(missing_ok=True)


def _title(page: str) -> str:
    return html.unescape(page[page.index("<h1>") + 4 : page.index("</h1>")])


def _replace(path: Path, text: str, scratch: Path) -> None:
    temporary = scratch / path.name
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def _note_failure(job: Job, error: str) -> None:
    job.stem.parent.mkdir(parents=True, exist_ok=True)
    note = json.dumps({"error": error, "at": _now(), "title": job.notebook.stem}, ensure_ascii=False)
    path = job.stem.with_name(f"{job.stem.name}.failed.json")
    path.write_text(note, encoding="utf-8")


def _provenance(job: Job, seconds: float) -> Provenance:
    brand = load_brand(job.brand)
    manifest = read_manifest(brand)
    return Provenance(
        brand=brand.title,
        currency=brand.currency,
        language=job.language,
        notebook=job.notebook.name,
        as_of=dt.date.fromisoformat(job.as_of),
        first_day=dt.date.fromisoformat(manifest["first_day"]),
        parameters=dict(job.parameters),
        commit=_commit(),
        data=manifest["data"],
        versions={name: version(name) for name in _SHOWN_VERSIONS},
        seconds=seconds,
        made_at=dt.datetime.now(),
    )


@cache
def _commit() -> str:
    """The commit of the code, marked where files differ from it; `unknown` outside a checkout."""
    command = ["git", "-C", str(PROJECT), "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _now() -> str:
    return dt.datetime.now().isoformat(timespec="seconds")
