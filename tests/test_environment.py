"""One list of dependencies, two locks that agree, and a setup that needs nothing but make and some Python 3."""

import re
import subprocess
import sys
import tomllib

import pytest
from shopkeeper.places import PROJECT

LOCKS = ["requirements.lock", "requirements-dev.lock"]
OWNERS = {"jupyterlab", "papermill", "pandas", "seaborn", "scikit-learn", "lifetimes", "pymc", "ipywidgets"}


def pins(lock):
    text = (PROJECT / lock).read_text()
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ \\]+)", text, re.MULTILINE))


def settings():
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())


def name(requirement):
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_version_is_locked_with_hashes_and_no_address(lock):
    text = (PROJECT / lock).read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert len(blocks) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 100
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://|file:|--index|--find-links|-e ", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_pre_release_is_locked(lock):
    assert [
        f"{package} {version}" for package, version in pins(lock).items() if re.search(r"\d(a|b|rc|\.dev)\d*$", version)
    ] == []


def test_the_locks_agree_and_hold_everything_declared():
    run, dev = (pins(lock) for lock in LOCKS)
    assert run.items() <= dev.items()
    declared = {name(requirement) for requirement in settings()["project"]["dependencies"]}
    assert {re.sub(r"[._]", "-", package) for package in declared} <= set(run)
    assert {name(requirement) for requirement in settings()["dependency-groups"]["dev"]} <= set(dev) - set(run)


def test_the_owners_packages_are_declared():
    assert {name(requirement) for requirement in settings()["project"]["dependencies"]} >= OWNERS


def test_what_the_library_imports_is_declared():
    declared = {name(requirement) for requirement in settings()["project"]["dependencies"]}
    code = "\n".join(path.read_text() for path in (PROJECT / "lib").rglob("*.py"))
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", code, re.MULTILINE)) - {"shopkeeper"}
    others = {module for module in imported if module not in sys.stdlib_module_names}
    as_package = {
        "chinese_calendar": "chinesecalendar",
        "duckdb": "ibis-framework",
        "ibis": "ibis-framework",
        "sklearn": "scikit-learn",
    }
    assert {as_package.get(module, module.replace("_", "-")).lower() for module in others} <= declared


def test_conda_users_get_the_same_lock():
    text = (PROJECT / "environment.yml").read_text()
    assert "python=3.12" in text
    assert "-r requirements.lock" in text


def test_make_alone_lists_what_can_be_made():
    listed = subprocess.run(["make", "-C", str(PROJECT)], capture_output=True, text=True, check=True).stdout
    for target in ("setup", "lab", "reports", "test", "lint", "bench", "calibrate", "lock", "clean"):
        assert re.search(rf"^{target} ", listed, re.MULTILINE)


def test_no_file_names_where_packages_come_from():
    tracked = subprocess.run(
        ["git", "-C", str(PROJECT), "ls-files"], capture_output=True, text=True, check=True
    ).stdout.split()
    words = re.compile(r"pypi\.org|files\.pythonhosted|index-url|/opt/pypi|/opt/wheels")
    texts = {path: (PROJECT / path).read_text(errors="ignore") for path in tracked if (PROJECT / path).is_file()}
    assert [
        path
        for path, text in texts.items()
        if words.search(text) and path not in {"Makefile", "tests/test_environment.py"}
    ] == []
