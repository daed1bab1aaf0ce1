# `make lab` starts the toolkit, `make app` serves it to others, `make test` proves it. All make .venv from the lock file first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)
UV := $(BIN)/uv

.PHONY: lab app test check soak bench format lock

lab: $(VENV)/ready
	$(BIN)/emailrcd lab

app: $(VENV)/ready
	$(BIN)/emailrcd app

# Notebooks and browser tests have a process of their own: Playwright's event loop stays in the main thread.
test: check
	$(BIN)/pytest
	$(BIN)/pytest -o addopts= --nbval-lax notebooks
	$(BIN)/pytest -o addopts= tests/browser

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: $(VENV)/ready
	$(BIN)/python benchmarks/soak.py

bench: $(VENV)/ready
	$(UV) pip install --quiet --python $(BIN)/python --constraint requirements.lock --group bench
	$(BIN)/python benchmarks/bench.py

format: $(VENV)/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(UV)
	$(UV) pip compile pyproject.toml --extra dev --extra app --extra keyring --extra dask --universal --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --output-file requirements.lock

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "emailrcd needs Python 3.11 or newer; point PYTHON at one: make lab PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing here. On Debian: apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(VENV)/ready: requirements.lock pyproject.toml | $(UV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@
