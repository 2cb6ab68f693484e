"""The command line: shopkeeper new | import | simulate | run | status | why | decide | match | forget."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from shopkeeper.brand import load_brand, new_brand
from shopkeeper.places import shown
from shopkeeper.tables import DataError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From a brand's raw exports to reports with decisions in money.",
)
_console = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)

Brands = Annotated[list[str] | None, typer.Argument(help="Folders under data/; all of them when none is named.")]
Notebooks = Annotated[list[str] | None, typer.Option("--notebook", "-n", help="A notebook by name or number.")]
AsOf = Annotated[
    str, typer.Option("--as-of", help="The day to look from, YYYY-MM-DD; the last complete day when empty.")
]
Language = Annotated[str, typer.Option("--language", "-l", help="en or zh.")]


@app.command()
def new(
    brand: str,
    currency: Annotated[str, typer.Option(prompt="Currency (CNY, USD, EUR…)")],
    timezone: Annotated[str, typer.Option(prompt="Time zone (Asia/Shanghai…)")],
    country: Annotated[str, typer.Option(prompt="Country (CN, US, DE…)")],
    margin: Annotated[float, typer.Option(prompt="Gross margin, a share of net revenue (0.45)")],
) -> None:
    """Make data/BRAND with a commented brand.toml and an empty raw/."""
    made = new_brand(brand, currency.upper(), timezone, country.upper(), margin)
    _console.print(
        f"Made {shown(made.folder)}. Put the exports into {shown(made.raw)}, then run: shopkeeper import {brand}"
    )


@app.command("import")
def import_(
    brand: str,
    force: Annotated[bool, typer.Option("--force", help="Even if nothing changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the account, and write nothing.")] = False,
) -> None:
    """Import BRAND's raw files, and print which mapping read which, and the account of their rows."""
    from shopkeeper.ingest import import_brand, try_import
    from shopkeeper.ingest.tell import account_table, bar, placed, verdict
    from shopkeeper.run.brands import today

    made = load_brand(brand)
    with bar(made, _errors) as watch:
        manifest = try_import(made, today(made), watch) if dry_run else import_brand(made, today(made), force, watch)
    for line in placed(manifest):
        _console.print(line, markup=False)
    _console.print(account_table(manifest, made.currency))
    for line in verdict(made, manifest, dry_run):
        _console.print(line, markup=False)


@app.command()
def simulate(
    brand: Annotated[str, typer.Argument(help="A folder under data/; aurora comes with the project.")],
    customers: Annotated[int, typer.Option(min=1, help="How many people order, in expectation.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="name=value: any other setting of simulate/world.py.")
    ] = None,
) -> None:
    """Write the raw exports of a beauty brand with known truth into data/BRAND/raw, and the truth into truth/."""
    from shopkeeper.simulate import simulate as simulate_
    from shopkeeper.simulate.world import make_world

    made = load_brand(brand)
    simulate_(made.folder, make_world(_pairs(param or []) | {"seed": str(seed), "customers": str(customers)}))
    _console.print(f"Wrote {shown(made.raw)} and {shown(made.folder / 'truth')}. Now: shopkeeper run {brand}")


@app.command()
def run(
    brands: Brands = None,
    notebook: Notebooks = None,
    as_of: AsOf = "",
    language: Language = "en",
    workers: Annotated[int, typer.Option(help="Notebooks at a time; 0 for one on each core.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Make reports that are up to date too.")] = False,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="name=value, as the notebook's parameters cell types it.")
    ] = None,
    limit: Annotated[float, typer.Option("--limit", help="Seconds that one notebook may take.")] = 1800,
) -> None:
    """Import what changed and make every report that is not up to date."""
    from shopkeeper.run import Order
    from shopkeeper.run import run as run_order

    order = Order(
        tuple(brands or ()),
        tuple(notebook or ()),
        as_of,
        _language(language),
        workers,
        force,
        _pairs(param or []),
        limit,
    )
    raise typer.Exit(run_order(order))


@app.command()
def status(brands: Brands = None, notebook: Notebooks = None, as_of: AsOf = "", language: Language = "en") -> None:
    """List every report: up to date, out of date and why, failed, or never made."""
    from shopkeeper.run import Order
    from shopkeeper.run.state import each_job

    table = Table("report", "state")
    for _, title, state in each_job(Order(tuple(brands or ()), tuple(notebook or ()), as_of, _language(language))):
        table.add_row(title, state)
    _console.print(table)


@app.command()
def why(brand: str, notebook: Notebooks = None, as_of: AsOf = "", language: Language = "en") -> None:
    """Say which inputs of BRAND's reports changed since they were made."""
    from shopkeeper.run import Order
    from shopkeeper.run.state import each_job

    for _, title, state in each_job(Order((brand,), tuple(notebook or ()), as_of, _language(language))):
        _console.print(f"{title}: {state}", markup=False)


@app.command()
def decide(brand: str, decision: str, outcome: Annotated[str, typer.Argument(help="done or declined")]) -> None:
    """Record that a decision of BRAND was done or declined, by the ID that the index shows."""
    from shopkeeper.decisions import action_of
    from shopkeeper.decisions import decide as decide_
    from shopkeeper.report.index import write_index
    from shopkeeper.report.words import Words
    from shopkeeper.run.plan import UsageError

    if outcome not in {"done", "declined"}:
        raise UsageError(f"outcome: {outcome!r} is neither done nor declined.")
    made = load_brand(brand)
    row = decide_(made, decision, outcome, dt.date.today())
    write_index()
    _console.print(f"{outcome}: {Words('en', made.currency).text(action_of(row))}", markup=False)


@app.command()
def match(
    brand: str,
    contacts: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="An export that names customers as BRAND's orders do.")
    ],
    customers: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A list of customers that a report wrote.")
    ],
) -> None:
    """Say who the customers of a list are, in a file beside it that only you can read. It is logged that you did."""
    from shopkeeper.privacy import match as match_
    from shopkeeper.run.brands import now

    made = load_brand(brand)
    path, found, listed = match_(made, contacts, customers, now(made))
    _console.print(f"Found {found:,} of {listed:,} customers: {shown(path)}. Delete it when it has served.")


@app.command()
def forget(
    brand: str, customer: Annotated[str, typer.Argument(help="The customer as the raw exports name it.")]
) -> None:
    """Remove a customer from BRAND's tables and lists, for good: later imports leave the person out too."""
    from shopkeeper.privacy import forget as forget_
    from shopkeeper.run.brands import today

    made = load_brand(brand)
    done = forget_(made, customer, today(made))
    if not done.is_known:
        _console.print(
            "Nobody in the tables goes by that name. Should an export bring such a customer, it is left out."
        )
    else:
        _console.print("Forgotten: the orders stay, as a guest's; all else is gone, and no import lets it in again.")
    for path in done.cleared:
        _console.print(f"Taken out of {shown(path)}", markup=False)
    for name, rows in done.raw.items():
        _console.print(f"{name}: still holds {rows:,} rows of people you forgot. Remove them there.", markup=False)


def _language(language: str) -> str:
    from shopkeeper.report.words import LANGUAGES
    from shopkeeper.run.plan import UsageError

    if language not in LANGUAGES:
        raise UsageError(f"--language {language}: known are {', '.join(LANGUAGES)}.")
    return language


def _pairs(given: list[str]) -> dict[str, str]:
    from shopkeeper.run.plan import UsageError

    if faulty := [pair for pair in given if not pair.partition("=")[0] or "=" not in pair]:
        raise UsageError(f"--param {faulty[0]}: write it as name=value.")
    return {name: value for name, _, value in (pair.partition("=") for pair in given)}


def main() -> None:
    """Run a command; bad data end with one sentence and exit code 1, a wrong call with 2."""
    from shopkeeper.run.plan import UsageError

    try:
        app()
    except UsageError as error:
        _errors.print(str(error), markup=False)
        raise SystemExit(2) from None
    except DataError as error:
        _errors.print(str(error), markup=False)
        raise SystemExit(1) from None
