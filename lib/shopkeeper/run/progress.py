"""Progress: a bar with the time left on a terminal, plain lines elsewhere, and events.jsonl always."""

import datetime as dt
import json
import sys
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shopkeeper.places import place


class Reporter:
    """Tells a person, and a file, what a run is doing."""

    def __init__(self) -> None:
        self._console = Console(stderr=False, highlight=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    def begin(self, total: int) -> None:
        """So many jobs are to be done."""
        if sys.stdout.isatty() and total:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("left:"),
                TimeRemainingColumn(),
            )
            self._progress = Progress(*columns, console=self._console)
            self._progress.start()
            self._task = self._progress.add_task("reports", total=total)

    def step(self) -> None:
        """One job is done."""
        if self._progress:
            self._progress.advance(self._task)

    def say(self, line: str) -> None:
        """A line for the person."""
        self._console.print(line, markup=False)

    def event(self, kind: str, **facts: Any) -> None:
        """A line for the file."""
        path = place("reports") / "events.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = {"at": dt.datetime.now().isoformat(timespec="seconds"), "event": kind, **facts}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
