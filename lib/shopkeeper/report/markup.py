"""Markup that reports and index share, and where the templates stand. Light to import: a run with nothing to do needs it."""

import html
from collections.abc import Mapping
from pathlib import Path

TEMPLATES = Path(__file__).parent / "template"


def css() -> str:
    """The one style sheet of all pages."""
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


def index_name(language: str) -> str:
    """The index page's file in that language."""
    return "index.html" if language == "en" else f"index.{language}.html"


def tile_html(tile: Mapping[str, str]) -> str:
    """A tile's markup: label, value, interval."""
    parts = [f'<span class="{name}">{html.escape(tile[name])}</span>' for name in ("label", "value", "interval")]
    return f'<div class="tile">{"".join(parts)}</div>'
