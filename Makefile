SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup lab reports test lint bench calibrate lock clean

UV := $(shell command -v uv || echo .uv/bin/uv)
PYTHON := .venv/bin/python
# pandas as its next version will be, so that nothing here has to change for it.
export PANDAS_COPY_ON_WRITE := 1
export PANDAS_FUTURE_INFER_STRING := 1

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: .venv/.run ## make .venv with exactly the locked packages; skipped when nothing changed

reports: .venv/.run data/aurora/truth/settings.json ## import what changed and make every report that is not up to date
	@$(PYTHON) -m compileall -q lib
	@.venv/bin/shopkeeper run

# The simulated brand: made here, since its exports are too large for git.
data/aurora/truth/settings.json: $(wildcard lib/shopkeeper/simulate/*.py) | .venv/.run
	@echo "Simulating aurora …"
	@.venv/bin/shopkeeper simulate aurora >/dev/null

lab: .venv/.run ## open the notebooks in JupyterLab
	.venv/bin/jupyter lab --notebook-dir=.

# One worker more than cores: some tests wait for others.
test: .venv/.dev ## run every test, the notebooks and a real browser included
	@$(PYTHON) -m compileall -q lib
	@OMP_NUM_THREADS=1 $(PYTHON) -m pytest --numprocesses 3 --dist loadscope --no-loadscope-reorder

lint: .venv/.dev ## style, types, and notebooks without output
	@.venv/bin/ruff check . && .venv/bin/ruff format --check --quiet . && .venv/bin/mypy && .venv/bin/nbstripout --verify --extra-keys "metadata.papermill cell.metadata.papermill" notebooks/*.ipynb

bench: .venv/.dev ## measure, and write benchmarks/RESULTS.md; PART="each_reader imports" measures these alone
	@$(PYTHON) benchmarks/bench.py $(PART)

calibrate: .venv/.dev ## measure whether 90% intervals hold 90%, and write tests/calibration/; PART="media_mix" measures this of channels alone
	@PYTHONPATH=tests OMP_NUM_THREADS=1 $(PYTHON) tests/calibration/calibrate.py $(PART)

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --prerelease disallow --custom-compile-command "make lock" pyproject.toml
lock: | $(UV) ## bring both locks in line with pyproject.toml; UPGRADE=--upgrade takes newer versions
	$(COMPILE) $(UPGRADE) --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove what can be made again; data and reports stay
	rm -rf .venv .uv .mypy_cache .ruff_cache .hypothesis lib/*.egg-info
	find lib tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

INSTALL = $(UV) pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable . && \
	$(PYTHON) -m compileall -q lib && \
	$(PYTHON) -m ipykernel install --sys-prefix --name python3 --env PANDAS_COPY_ON_WRITE 1 --env PANDAS_FUTURE_INFER_STRING 1 >/dev/null
SYNC = $(UV) pip sync --quiet --python $(PYTHON) --compile-bytecode --require-hashes

# Where the packages for development are installed, they stay.
.venv/.run: requirements.lock pyproject.toml | .venv/bin/python
	@if [ -e .venv/.dev ]; then $(MAKE) --no-print-directory .venv/.dev; else \
	echo "Installing the locked packages into .venv …" && $(SYNC) requirements.lock && $(INSTALL); fi
	@touch $@

# The second lock holds the first, in the same versions.
.venv/.dev: requirements-dev.lock requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing the locked packages, with those for development, into .venv …"
	@$(SYNC) requirements-dev.lock && $(INSTALL)
	@touch .venv/.run $@

# uv looks for activated Pythons only; what pyenv holds is looked for here before anything is fetched.
.venv/bin/python: | $(UV)
	@for wanted in 3.12 3.13; do $(UV) venv --quiet --no-python-downloads --python $$wanted .venv 2>/dev/null && exit 0; done; \
	for root in "$$PYENV_ROOT" "$$HOME/.pyenv" "$$(pyenv root 2>/dev/null)"; do \
		for found in "$$root"/versions/3.1[23].*/bin/python3; do \
			[ -x "$$found" ] && $(UV) venv --quiet --python "$$found" .venv && exit 0; done; done; \
	$(UV) venv --quiet --python 3.12 .venv 2>/dev/null && exit 0; \
	echo "make setup: found no Python 3.12 or 3.13, and could not fetch one. Install Python 3.12 and run again." >&2; exit 1

.uv/bin/uv:
	@python3 -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv || { \
	rm -rf .uv; echo "make setup: could not install uv. Install it (https://docs.astral.sh/uv), or Python's venv and pip, and run again." >&2; exit 1; }
