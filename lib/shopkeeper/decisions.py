"""Decisions and claims: what to do and what will happen, kept append-only, and scored when the time comes."""

import datetime as dt
import fcntl
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shopkeeper.brand import Brand
from shopkeeper.claims import MEASURES as MEASURES
from shopkeeper.claims import Claim as Claim
from shopkeeper.ingest import read_manifest
from shopkeeper.lists import replace_text
from shopkeeper.places import shown
from shopkeeper.report.words import Sentence, sentence_from, sentence_to
from shopkeeper.shop import Shop
from shopkeeper.tables import DataError, offenders

Row = dict[str, Any]


@dataclass(frozen=True)
class Decision:
    """Something to do. Gains are in the brand's currency over horizon_days, with a 90% interval.

    amount and unit say how much of it (3000, "CNY a week"); probability is that of a gain above 0;
    check says how it will be seen whether it worked. terms: what it sets, by name, such as the new price of each SKU.
    """

    subject: str
    action: Sentence
    amount: float
    unit: str
    gain: float
    gain_low: float
    gain_high: float
    probability: float
    horizon_days: int
    assumptions: Sentence
    check: Sentence
    terms: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> Row:
        """Plain values, for the record."""
        sentences = {name: sentence_to(getattr(self, name)) for name in ("action", "assumptions", "check")}
        plain = {key: value for key, value in vars(self).items() if key not in sentences and (key != "terms" or value)}
        return plain | sentences


def record(brand: Brand, analysis: str, as_of: dt.date, result: Mapping[str, list[Row]]) -> None:
    """Add a run's decisions and claims to the brand's record. What stands there already stays as it was first said.

    A claim is live when it was made on the last complete day of the data, else replayed.
    """
    common = {"brand": brand.name, "analysis": analysis, "made_on": str(as_of)}
    decisions = [row | common for row in result.get("decisions", [])]
    decisions = [row | {"id": _key(row, "analysis", "subject", "made_on", "action")} for row in decisions]
    _append(brand, "decisions", decisions)
    _append(brand, "runs", [common | {"id": secrets.token_hex(8), "decisions": [row["id"] for row in decisions]}])
    live = str(as_of) >= read_manifest(brand)["last_complete_day"]
    claims = [row | common | {"live": live} for row in result.get("claims", [])]
    names = ("analysis", "subject", "measure", "starts_on", "ends_on", "live")
    claims = [row | {"id": _key(row, *names)} for row in claims]
    known = {row["id"] for row in read(brand, "claims")}
    _append(brand, "claims", [_with_list_kept(brand, row) for row in claims if row["id"] not in known])


def _with_list_kept(brand: Brand, claim: Row) -> Row:
    """The claim with the name of the file that keeps its members in their place; written once, before the claim."""
    if "members" not in claim:
        return claim
    names = sorted(set(claim["members"]) - brand.forgotten)
    text = "".join(f"{name}\n" for name in names)
    path = _list(brand, hashlib.sha256(text.encode()).hexdigest()[:8])
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, text)
    return claim | {"members": path.stem}


def _list(brand: Brand, name: str) -> Path:
    return brand.record / "lists" / f"{name}.txt"


def decide(brand: Brand, decision: str, outcome: str, on: dt.date) -> Row:
    """Record that a decision was done or declined; the decision. DataError when there is none of that id."""
    known = {row["id"]: row for row in read(brand, "decisions")}
    if decision not in known:
        some = ", ".join(list(known)[-3:]) or "none yet"
        raise DataError(
            f"decide: {brand.name} has no decision {decision!r} (latest: {some}). `shopkeeper run` lists them."
        )
    _append(
        brand,
        "decided",
        [{"id": f"{decision} {on} {outcome}", "decision": decision, "outcome": outcome, "on": str(on)}],
    )
    return known[decision]


def done(brand: Brand, subject: str, as_of: dt.date) -> list[tuple[dt.date, Mapping[str, float]]]:
    """The decisions on a subject that were marked done by the end of as_of: the day, and what each set; the latest last."""
    known = {row["id"]: row for row in read(brand, "decisions") if row["subject"] == subject}
    marks = {
        row["decision"]: row for row in read(brand, "decided") if row["decision"] in known and row["on"] <= str(as_of)
    }
    rows = sorted((row for row in marks.values() if row["outcome"] == "done"), key=lambda row: str(row["on"]))
    return [(dt.date.fromisoformat(row["on"]), known[row["decision"]].get("terms", {})) for row in rows]


def score(brand: Brand) -> list[Row]:
    """Score every claim whose period is complete and which has no score yet; the new scores.

    DataError, once the others are scored, where the list of customers of one is gone.
    """
    scored = {row["id"] for row in read(brand, "scores")}
    waiting = [row for row in read(brand, "claims") if row["id"] not in scored]
    if not waiting:
        return []
    shop = Shop(brand)
    due = [row for row in waiting if row["ends_on"] <= str(shop.as_of)]
    lost = [row for row in due if "members" in row and not _list(brand, row["members"]).exists()]
    scores = [_score(shop, row) for row in due if row not in lost]
    _append(brand, "scores", scores)
    _refuse(brand, lost, len(due))
    return scores


def _refuse(brand: Brand, lost: list[Row], due: int) -> None:
    if lost:
        some = offenders(list(dict.fromkeys(f"{row['members']}.txt of {row['subject']!r}" for row in lost)))
        raise DataError(
            f"claims: {len(lost)} of {due} due claims of {brand.name} name a list of customers that is gone ({some}). A claim "
            "about a list is scored on the customers it was made for. Put the files back into "
            f"{shown(brand.record / 'lists')}, or delete these claims' lines from {shown(brand.record / 'claims.jsonl')}."
        )


def _score(shop: Shop, row: Row) -> Row:
    actual = MEASURES[row["measure"]](shop, _claim(shop.brand, row))
    return {
        "id": row["id"],
        "actual": actual,
        "is_inside": row["low"] <= actual <= row["high"],
        "error": row["predicted"] - actual,
        "naive_error": row["naive"] - actual,
        "scored_on": str(shop.as_of),
    }


def _claim(brand: Brand, row: Row) -> Claim:
    """The claim that a row of the record keeps."""
    plain = {name: row[name] for name in ("subject", "measure", "predicted", "low", "high", "naive")}
    start, end = (dt.date.fromisoformat(row[name]) for name in ("starts_on", "ends_on"))
    members = _list(brand, row["members"]).read_text(encoding="utf-8").split() if "members" in row else ()
    return Claim(**plain, starts_on=start, ends_on=end, members=tuple(members))


def track_record(brand: Brand) -> list[Row]:
    """By analysis, live and replayed apart: claims scored, how many inside, and skill.

    skill is 1 - (sum of absolute errors / that of the naive forecast): above 0 is better than naive.
    """
    scores = {row["id"]: row for row in read(brand, "scores")}
    groups: dict[tuple[str, bool], list[Row]] = {}
    for claim in read(brand, "claims"):
        if claim["id"] in scores:
            groups.setdefault((claim["analysis"], claim["live"]), []).append(scores[claim["id"]])
    return [_summary(analysis, live, rows) for (analysis, live), rows in sorted(groups.items())]


def _summary(analysis: str, live: bool, rows: list[Row]) -> Row:
    naive = sum(abs(row["naive_error"]) for row in rows)
    skill = 1 - sum(abs(row["error"]) for row in rows) / naive if naive else None
    inside = sum(row["is_inside"] for row in rows)
    return {"analysis": analysis, "live": live, "scored": len(rows), "inside": inside, "skill": skill}


def open_decisions(brand: Brand) -> list[Row]:
    """Decisions not yet done or declined, of each analysis only those of its last run, the largest gain first.

    Of several for one subject only the best counts, since their gains overlap.
    """
    decided = {row["decision"] for row in read(brand, "decided")}
    # Sorting is stable: of two runs for one day, the later one stands.
    last = {run["analysis"]: run for run in sorted(read(brand, "runs"), key=lambda run: str(run["made_on"]))}
    standing = {name for run in last.values() for name in run["decisions"]} - decided
    rows = [row for row in read(brand, "decisions") if row["id"] in standing]
    best: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: -shrunken_gain(row)):
        best.setdefault(row["subject"], row)
    return list(best.values())


def shrunken_gain(row: Mapping[str, Any]) -> float:
    """The expected gain, drawn to 0 by its own uncertainty: g³ / (g² + sd²), sd from the 90% interval.

    Source: the James–Stein form of shrinkage with the signal's variance put at g².
    """
    gain, spread = row["gain"], (row["gain_high"] - row["gain_low"]) / (2 * 1.645)
    return float(gain**3 / (gain**2 + spread**2)) if gain or spread else 0.0


def action_of(row: Mapping[str, Any]) -> Sentence:
    """The sentence that says what to do."""
    return sentence_from(row["action"])


def read(brand: Brand, name: str) -> list[Row]:
    """Rows of one file of the record, in the order they were written; none when it is not there."""
    path = brand.record / f"{name}.jsonl"
    if not path.exists():
        return []
    # A line without its end is one that a kill cut short.
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _append(brand: Brand, name: str, rows: Iterable[Row]) -> None:
    """Add rows whose id is new; under a lock, in one write, after dropping a line that a kill cut short."""
    path = brand.record / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    with Path(path).open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = {row["id"] for row in read(brand, name)}
        fresh = {row["id"]: row for row in reversed(list(rows)) if row["id"] not in known}
        whole = path.read_bytes()
        file.truncate(whole.rfind(b"\n") + 1)
        file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in reversed(fresh.values())))


def _key(row: Row, *names: str) -> str:
    text = json.dumps([row[name] for name in names], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
