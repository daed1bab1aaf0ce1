# Every target makes .venv from the lock file first, and runs from any state.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)
UV := $(BIN)/uv

PYTHONS ?= 3.11 3.12 3.13 3.14
VERSIONS ?= locked lowest
# A file of tests stays in one process: what it sets up is set up once.
ALL_CORES := --numprocesses auto --dist loadfile --quiet

.PHONY: help lab app test check fast docs matrix mutants bench soak pictures format lock

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /    make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

lab: $(VENV)/ready ## JupyterLab on the app, the sandbox ready
	$(BIN)/emailrcd lab

app: $(VENV)/ready ## the app as a web page for colleagues
	$(BIN)/emailrcd app

# Fast ones first. Browser tests have processes of their own: Playwright's event loop stays in the main thread.
test: check fast ## everything: checks, tests (fast ones first), notebooks, the app in a real browser
	$(BIN)/pytest $(ALL_CORES) -m slow
	$(BIN)/pytest -o addopts= --nbval-lax notebooks
	$(BIN)/pytest -o addopts= $(ALL_CORES) tests/browser

fast: $(VENV)/ready ## the tests that take no more than two minutes together
	$(BIN)/pytest $(ALL_CORES) -m "not slow"

check: $(VENV)/ready ## lint, format, types, layers, dependencies, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/oxlint emailrcd/explorer/static tests/browser/modules
	$(BIN)/deptry emailrcd
	$(BIN)/codespell

docs: $(VENV)/ready ## the manual, into docs/_build/html/index.html; notebooks are run for it
	$(BIN)/sphinx-build --quiet --fail-on-warning --fresh-env docs docs/_build/html

# The lowest versions are those that have a wheel for a Python; newer packages beneath them may warn of their age.
matrix: $(UV) ## the fast tests on each Python that is here, with the versions of the lock and with the lowest declared
	@for python in $(PYTHONS); do for versions in $(VERSIONS); do \
	  export VIRTUAL_ENV=.matrix/$$python-$$versions; \
	  $(UV) venv --quiet --clear --python $$python $$VIRTUAL_ENV || { echo "Python $$python is not here: skipped"; continue; }; \
	  case $$versions in \
	    locked) warnings=error; $(UV) pip install --quiet --require-hashes -r requirements.lock && $(UV) pip install --quiet --no-deps -e . ;; \
	    lowest) warnings=default; $(UV) pip install --quiet --resolution lowest-direct --only-binary :all: --no-binary emailrcd -e '.[all]' \
	      && $(UV) pip install --quiet --group dev ;; \
	  esac && echo "Python $$python, $$versions versions" \
	    && $$VIRTUAL_ENV/bin/pytest $(ALL_CORES) -m "not slow" -o filterwarnings=$$warnings || exit 1; \
	done; done

mutants: $(VENV)/ready ## change the code of a few rooms a little, and list the changes that no test notices; half an hour
	$(UV) pip install --quiet --python $(BIN)/python --constraint requirements.lock --group mutants
	$(BIN)/mutmut run
	$(BIN)/mutmut results

bench: $(VENV)/ready ## ratios to other ways of asking, side by side; many minutes
	$(UV) pip install --quiet --python $(BIN)/python --constraint requirements.lock --group bench
	$(BIN)/python benchmarks/bench.py

soak: $(VENV)/ready ## a million ids through a storm; a minute or two
	$(BIN)/python benchmarks/soak.py

pictures: $(VENV)/ready ## the pictures of README and manual, from the sandbox
	$(BIN)/python -m tests.browser.pictures

format: $(VENV)/ready ## let the formatter do its work
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(UV) ## make requirements.lock anew from pyproject.toml
	$(UV) pip compile pyproject.toml --extra all --group dev --universal --generate-hashes \
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
