"""Running: brands × notebooks through one executor, each job isolated, each report published whole or not at all."""

import os
import shutil
import signal
import sys
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from shopkeeper.brand import load_brand
from shopkeeper.places import place, shown
from shopkeeper.run.brands import Imported, chosen_brands, import_one, tell_import
from shopkeeper.run.plan import Job, changed, check_day, make_job, notebooks, typed_parameters
from shopkeeper.run.progress import Reporter
from shopkeeper.tables import DataError

OK, FAILED, INTERRUPTED = 0, 1, 130


@dataclass(frozen=True)
class Order:
    """What the user asked for. workers 0 takes one for each core; limit is in seconds for each notebook."""

    brands: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    as_of: str = ""
    language: str = "en"
    workers: int = 0
    force: bool = False
    parameters: dict[str, str] = field(default_factory=dict)
    limit: float = 1800


@dataclass(frozen=True)
class Shift:
    """Who does a run's work and where: threads and limit are for each notebook."""

    reporter: Reporter
    executor: Executor
    folder: Path
    threads: int
    limit: float


def run(order: Order) -> int:
    """Import what changed, make the reports that are not up to date, score claims, write the index; the exit code.

    UsageError before anything ran, where the order cannot be carried out.
    """
    names = chosen_brands(order.brands)
    chosen = notebooks(list(order.notebooks))
    given = {notebook: typed_parameters(notebook, order.parameters) for notebook in chosen}
    check_day(order.as_of)
    workers = min(order.workers or os.cpu_count() or 1, max(1, len(names) * len(chosen)))
    folder = _scratch()
    previous = signal.signal(signal.SIGTERM, _interrupt)
    with Reporter() as reporter, ThreadPoolExecutor(workers) as executor:
        shift = Shift(reporter, executor, folder, max(1, (os.cpu_count() or 1) // workers), order.limit)
        try:
            return _run(order, names, given, shift)
        except KeyboardInterrupt:
            (folder / "stop").touch()
            reporter.say("Interrupted; running notebooks are being stopped, published reports stay.")
            reporter.event("interrupted")
            executor.shutdown(cancel_futures=True)
            return INTERRUPTED
        finally:
            signal.signal(signal.SIGTERM, previous)
            shutil.rmtree(folder, ignore_errors=True)


def _run(order: Order, names: list[str], given: dict[Path, dict[str, Any]], shift: Shift) -> int:
    reporter = shift.reporter
    stems = [path.stem for path in given]
    reporter.event("run", brands=names, notebooks=stems, as_of=order.as_of, language=order.language)
    broken = set(place("reports").glob("*/import.failed.json"))
    imported = [tell_import(reporter, one) for one in shift.executor.map(import_one, names)]
    jobs, faults = _jobs(order, imported, given)
    for title, fault in faults:
        reporter.say(f"✗ {title}: {fault}")
        reporter.event("job", title=title, status="failed", error=fault)
    due = [job for job in jobs if order.force or changed(job)]
    if fresh := len(jobs) - len(due):
        reporter.say(f"{fresh} of {len(jobs)} reports are up to date.")
    failed = any(one.error for one in imported) | bool(faults) | _work_all(due, shift)
    healed = broken - set(place("reports").glob("*/import.failed.json"))
    _close([one.brand for one in imported if one.manifest], reporter, changed_any=bool(due or healed) or failed)
    return FAILED if failed else OK


def _jobs(
    order: Order, imported: list[Imported], given: dict[Path, dict[str, Any]]
) -> tuple[list[Job], list[tuple[str, str]]]:
    jobs, faults = [], []
    for one in imported:
        for notebook, parameters in given.items() if one.manifest else ():
            try:
                jobs.append(make_job(one.brand, one.manifest, notebook, order.as_of, order.language, parameters))
            except DataError as error:
                faults.append((f"{one.brand} {notebook.stem}", str(error)))
    return jobs, faults


def _work_all(jobs: list[Job], shift: Shift) -> bool:
    """Whether any job failed."""
    if not jobs:
        return False
    # jsonschema would otherwise load a grammar for three seconds, to check addresses that no notebook has.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from shopkeeper.run.work import work  # papermill and nbconvert are slow to import, and often not needed

    reporter, failed = shift.reporter, False
    reporter.begin(len(jobs))
    for future in as_completed(
        [shift.executor.submit(work, job, shift.folder, shift.threads, shift.limit) for job in jobs]
    ):
        outcome = future.result()
        sign, colon = {"made": "✓", "missing": "·"}.get(outcome.status, "✗"), ": " if outcome.error else ""
        reporter.say(f"{sign} {outcome.title}: {outcome.status} in {outcome.seconds:.1f} s{colon}{outcome.error}")
        seconds = round(outcome.seconds, 1)
        reporter.event("job", title=outcome.title, status=outcome.status, seconds=seconds, error=outcome.error)
        reporter.step()
        failed |= outcome.status not in {"made", "missing"}
    return failed


def _close(brands: list[str], reporter: Reporter, changed_any: bool) -> None:
    """Score the claims whose time has come, and write the index."""
    for name in brands:
        if (load_brand(name).record / "claims.jsonl").exists():
            changed_any |= _score(name, reporter)
    if changed_any or not (place("reports") / "index.html").exists():
        from shopkeeper.report.index import write_index

        write_index()
    reporter.say(f"Reports: {shown(place('reports') / 'index.html')}")


def _score(name: str, reporter: Reporter) -> bool:
    """Whether any claim was scored."""
    from shopkeeper.decisions import score

    try:
        scores = score(load_brand(name))
    except DataError as error:
        reporter.say(f"✗ {error}")
        return True
    if scores:
        inside = sum(row["is_inside"] for row in scores)
        reporter.say(f"{name}: {len(scores)} earlier claims scored, {inside} inside their interval.")
    return bool(scores)


def _scratch() -> Path:
    """The run's own folder for unfinished work; those of runs that were killed are removed."""
    base = place("reports") / ".work"
    base.mkdir(parents=True, exist_ok=True)
    for path in base.iterdir():
        if not _alive(path.name):
            shutil.rmtree(path, ignore_errors=True)
    folder = base / str(os.getpid())
    folder.mkdir(exist_ok=True)
    return folder


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
