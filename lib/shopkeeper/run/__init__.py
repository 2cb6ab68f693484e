"""Running: brands × notebooks through one executor, each job isolated, each report published whole or not at all."""

import datetime as dt
import json
import os
import shutil
import signal
from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from shopkeeper.brand import Brand, brand_names, check_name, load_brand
from shopkeeper.ingest import NoDataError, changed_inputs, import_brand, read_manifest
from shopkeeper.places import place, shown
from shopkeeper.run.plan import Job, UsageError, changed, check_day, make_job, notebooks, typed_parameters
from shopkeeper.run.progress import Reporter
from shopkeeper.tables import DataError

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


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
class Imported:
    """How the import of a brand ended; manifest is empty unless it is ready."""

    brand: str
    manifest: dict[str, Any]
    waits: str = ""
    error: str = ""


def run(order: Order) -> int:
    """Import what changed, make the reports that are not up to date, score claims, write the index; the exit code.

    UsageError before anything ran, where the order cannot be carried out.
    """
    names = _brands(order.brands)
    chosen = notebooks(list(order.notebooks))
    given = {notebook: typed_parameters(notebook, order.parameters) for notebook in chosen}
    check_day(order.as_of)
    workers = order.workers or os.cpu_count() or 1
    folder = _scratch()
    previous = signal.signal(signal.SIGTERM, _interrupt)
    with Reporter() as reporter, ThreadPoolExecutor(workers) as executor:
        try:
            return _run(order, names, given, reporter, executor, folder, workers)
        except KeyboardInterrupt:
            (folder / "stop").touch()
            reporter.say("Interrupted; running notebooks are being stopped, published reports stay.")
            reporter.event("interrupted")
            executor.shutdown(cancel_futures=True)
            return INTERRUPTED
        finally:
            signal.signal(signal.SIGTERM, previous)
            _clear(folder)


def _run(
    order: Order,
    names: list[str],
    given: dict[Path, dict[str, Any]],
    reporter: Reporter,
    executor: Executor,
    folder: Path,
    workers: int,
) -> int:
    reporter.event(
        "run", brands=names, notebooks=[path.stem for path in given], as_of=order.as_of, language=order.language
    )
    broken = set(place("reports").glob("*/import.failed.json"))
    imported = [_tell_import(reporter, one) for one in executor.map(import_one, names)]
    failed = any(one.error for one in imported)
    jobs, faults = _jobs(order, imported, given)
    for title, fault in faults:
        reporter.say(f"✗ {title}: {fault}")
        reporter.event("job", title=title, status="failed", error=fault)
    due = [job for job in jobs if order.force or changed(job)]
    if fresh := len(jobs) - len(due):
        reporter.say(f"{fresh} of {len(jobs)} reports are up to date.")
    failed |= bool(faults) | _work_all(
        due, reporter, executor, folder, max(1, (os.cpu_count() or 1) // workers), order.limit
    )
    healed = broken - set(place("reports").glob("*/import.failed.json"))
    _close([one.brand for one in imported if one.manifest], reporter, changed_any=bool(due or healed) or failed)
    return FAILED if failed else OK


def _brands(chosen: Iterable[str]) -> list[str]:
    """The brands named, or all there are. UsageError for one that is not there; a faulty folder fails later, alone."""
    names = list(dict.fromkeys(chosen))
    for name in names:
        try:
            check_name(name)
        except DataError as error:
            raise UsageError(str(error)) from error
        if name not in brand_names():
            known = ", ".join(brand_names()) or "none yet"
            raise UsageError(
                f"brand: {name} has no data/{name}/brand.toml (known: {known}). Make one with: shopkeeper new {name}"
            )
    return names or brand_names()


def today(brand: Brand) -> dt.date:
    """The day that it is where the brand trades."""
    return dt.datetime.now(ZoneInfo(brand.timezone)).date()


def import_one(name: str) -> Imported:
    """Import a brand if its raw files or settings changed; whatever goes wrong is told, and stops no other brand."""
    try:
        brand = load_brand(name)
        return Imported(name, import_brand(brand, today(brand)))
    except NoDataError as error:
        return Imported(name, {}, waits=str(error))
    except DataError as error:
        return Imported(name, {}, error=str(error))
    except Exception as error:  # one brand's failure never stops the others
        return Imported(name, {}, error=f"{type(error).__name__}: {error}")


def _tell_import(reporter: Reporter, one: Imported) -> Imported:
    path = place("reports") / one.brand / "import.failed.json"
    if one.error:
        reporter.say(f"✗ {one.error}")
        path.parent.mkdir(parents=True, exist_ok=True)
        note = {"error": one.error, "at": dt.datetime.now().isoformat(timespec="seconds")}
        path.write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")
    elif one.waits:
        reporter.say(f"· {one.waits}")
    if not one.error:
        path.unlink(missing_ok=True)
    reporter.event(
        "import", brand=one.brand, status="failed" if one.error else "waits" if one.waits else "ready", error=one.error
    )
    return one


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


def _work_all(
    jobs: list[Job], reporter: Reporter, executor: Executor, folder: Path, threads: int, limit: float
) -> bool:
    """Whether any job failed."""
    if not jobs:
        return False
    from shopkeeper.run.work import work  # papermill and nbconvert are slow to import, and often not needed

    reporter.begin(len(jobs))
    failed = False
    for future in as_completed([executor.submit(work, job, folder, threads, limit) for job in jobs]):
        outcome = future.result()
        sign = {"made": "✓", "missing": "·"}.get(outcome.status, "✗")
        reporter.say(
            f"{sign} {outcome.title}: {outcome.status} in {outcome.seconds:.1f} s{': ' if outcome.error else ''}{outcome.error}"
        )
        reporter.event(
            "job", title=outcome.title, status=outcome.status, seconds=round(outcome.seconds, 1), error=outcome.error
        )
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

    if scores := score(load_brand(name)):
        inside = sum(row["is_inside"] for row in scores)
        reporter.say(f"{name}: {len(scores)} earlier claims scored, {inside} inside their interval.")
    return bool(scores)


def _scratch() -> Path:
    """The run's own folder for unfinished work; those of runs that were killed are removed."""
    base = place("reports") / ".work"
    base.mkdir(parents=True, exist_ok=True)
    for path in base.iterdir():
        if not _alive(path.name):
            _clear(path)
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


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def each_job(order: Order) -> list[tuple[Job | None, str, str]]:
    """For `status` and `why`: every report of the order as (job, name, state), nothing imported and nothing run."""
    rows: list[tuple[Job | None, str, str]] = []
    for name in _brands(order.brands):
        manifest, waiting = _manifest(name)
        for notebook in notebooks(list(order.notebooks)):
            if not manifest:
                rows.append((None, f"{name} {notebook.stem}", "not imported"))
                continue
            job = make_job(name, manifest, notebook, order.as_of, order.language, {})
            rows.append((job, job.title, _state(job, waiting)))
    return rows


def _manifest(name: str) -> tuple[dict[str, Any], list[str]]:
    """The brand's last import, and what changed since that the next one will read."""
    try:
        brand = load_brand(name)
        manifest = read_manifest(brand)
        return manifest, changed_inputs(brand, manifest, today(brand)) if manifest else []
    except DataError as error:
        return {}, [str(error)]


def _state(job: Job, waiting: list[str]) -> str:
    if job.stem.with_name(f"{job.stem.name}.failed.json").exists():
        return "failed"
    inputs = changed(job)
    if inputs == ["never made"]:
        return "never made"
    inputs = [*waiting, *inputs]
    return f"out of date: {', '.join(inputs)} changed" if inputs else "up to date"
