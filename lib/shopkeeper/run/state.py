"""The state of reports: up to date, out of date and why, failed, or never made. Nothing is imported and nothing run."""

from typing import Any

from shopkeeper.brand import load_brand
from shopkeeper.ingest import changed_inputs, read_manifest
from shopkeeper.run import Order
from shopkeeper.run.brands import chosen_brands, today
from shopkeeper.run.plan import Job, changed, make_job, notebooks
from shopkeeper.tables import DataError


def each_job(order: Order) -> list[tuple[Job | None, str, str]]:
    """For `status` and `why`: every report of the order as (job, name, state), nothing imported and nothing run."""
    rows: list[tuple[Job | None, str, str]] = []
    for name in chosen_brands(order.brands):
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
