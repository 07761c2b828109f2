# make help says what there is. Nothing here needs a system font, pandoc or LaTeX.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help env report test check format clean lock need-git

# The Python that makes .venv: `make env PYTHON=python3.13`.
PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
# Made last, so that a broken-off set-up is done again; its text is the place it was made for.
STAMP := $(VENV)/.made
PLACE = $(shell pwd -P)
ifneq ($(PLACE),$(shell cat $(STAMP) 2>/dev/null))
.PHONY: $(STAMP)
endif

help:
	@echo "make report   set up, run every report for the newest year, render the site and the PDFs"
	@echo "make test     set up, check and run every test"
	@echo "make check    formatter, linter and type checker (ruff, mypy)"
	@echo "make env      only the environment, .venv (PYTHON=python3.13 chooses the interpreter)"
	@echo "make format   let ruff set the code in its form"
	@echo "make lock     pin the newest packages in requirements.lock (needs uv)"
	@echo "make clean    remove .venv, out/ and the caches"
	@echo
	@echo "The command is $(BIN)/jingkai; $(BIN)/jingkai --help goes on from here."

env: $(STAMP)
	@echo "$(VENV) is ready: $(BIN)/jingkai --help"

$(STAMP): requirements.lock pyproject.toml
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "make: there is no '$(PYTHON)' here. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)," >&2; \
	  echo "      or name the one you have: make env PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1); 3.11 or newer is needed." >&2; \
	  echo "      Name a newer one: make env PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "make: '$(PYTHON)' cannot make virtual environments." >&2; \
	  echo "      On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $$("$(PYTHON)" -V) (once; about a minute)"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
	  --require-hashes -r requirements.lock || { \
	  echo "make: the packages could not be installed. Is the package index within reach (pip config list)?" >&2; \
	  exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation -e .
	@# pip compiles on one core, this on all; what cannot be compiled is nobody's to import,
	@# and the packages' own tests are not run here
	@$(BIN)/python -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib >/dev/null 2>&1 || true
	@pwd -P > $(STAMP)

report: $(STAMP)
	@$(BIN)/jingkai run

check: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(STAMP)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

test: need-git check
	@$(BIN)/python -m pytest

need-git:
	@command -v git >/dev/null 2>&1 || { \
	  echo "make: the tests look at what git tracks, and there is no git here (Debian: apt-get install git)." >&2; exit 1; }

# One version of a package for every Python: what 3.11 gets, all get.
lock:
	@command -v "$(UV)" >/dev/null 2>&1 || { \
	  echo "make: uv is needed to make the lock: pip install uv, then make lock UV=/path/to/uv" >&2; exit 1; }
	@t=$$(mktemp -d) && trap 'rm -rf "$$t"' EXIT && \
	"$(UV)" pip compile --quiet --no-config --upgrade --extra dev --python-version 3.11 \
	  pyproject.toml -o "$$t/base" >/dev/null && \
	"$(UV)" pip compile --quiet --no-config --upgrade --extra dev --python-version 3.11 \
	  --universal --constraints "$$t/base" --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links pyproject.toml -o "$$t/lock" >/dev/null && \
	{ echo "# Every package that make env installs, with its hashes; made from pyproject.toml by make lock."; \
	  cat "$$t/lock"; } > "$$t/whole" && mv "$$t/whole" requirements.lock

clean:
	rm -rf $(VENV) out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .quarto
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
