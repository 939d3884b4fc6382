# GNU Make 3.81 or newer. Everything that `make` makes goes to .venv and build/.

.DEFAULT_GOAL := demo
.DELETE_ON_ERROR:
.PHONY: demo check test test-browser build lab pictures bench bench-quick bench-grading clean distclean help

# The Pythons that fit stand in pyproject.toml: >=3.11,<3.15
RANGE := $(shell sed -n 's/^requires-python = ">=3\.\([0-9]*\),<3\.\([0-9]*\)".*/\1 \2/p' pyproject.toml)
OLDEST := $(firstword $(RANGE))
TOO_NEW := $(lastword $(RANGE))
FITTING = import sys; sys.exit(not (3, $(OLDEST)) <= sys.version_info < (3, $(TOO_NEW)))
FOUND = $(shell minor=$(TOO_NEW); names=python3; while [ $$minor -gt $(OLDEST) ]; do \
	minor=$$((minor - 1)); names="$$names python3.$$minor"; done; for each in $$names python; do \
	$$each -c '$(FITTING)' 2>/dev/null && echo $$each && break; done)
NEEDED = Python 3.$(OLDEST) to 3.$(shell echo $$(($(TOO_NEW) - 1))) is needed

PYTHON ?= $(or $(FOUND),python3)
VENV ?= .venv
LESSON ?= 18_pruning
LAB_ARGS ?=
WORKERS ?= 2

BIN = $(VENV)/bin
BENCH ?= .venv-bench
BENCH_READY = $(BENCH)/ready
OTTER ?= .venv-otter
OTTER_READY = $(OTTER)/ready
READY = $(VENV)/ready
SETTINGS = $(VENV)/share/jupyter/lab/settings
NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}

demo: $(READY)  ## set up, then grade a small made-up class with tito (the default)
	$(BIN)/tito demo

check: $(READY)  ## lint, types, the build and the tests of what changed: before a commit
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/tito build --check
	@tests=$$($(BIN)/python tests/changed.py); \
		if [ -n "$$tests" ]; then $(BIN)/python -m pytest -q -n $(WORKERS) $$tests; \
		else echo "no test imports what changed"; fi
	@$(BIN)/python tests/changed.py --mistakes | while read -r lesson; do \
		$(BIN)/tito mistakes --lesson $$lesson || exit 1; done

test: $(READY)  ## set up, then run every check and test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/tito build --check
	$(BIN)/python -m pytest -n $(WORKERS)

test-browser: $(READY)  ## set up, then run the tests in a browser alone
	$(BIN)/python -m pytest tests/browser

build: $(READY)  ## turn modules/ into notebooks and the package tinytorch/
	$(BIN)/tito build

lab: $(READY)  ## open JupyterLab on your copy of the released notebook, in build/lab/
	$(BIN)/tito release --lesson $(LESSON)
	@mkdir -p build/lab
	@if [ -e build/lab/$(LESSON) ]; then \
		echo "build/lab/$(LESSON) is there already and stays as it is"; \
	else \
		rm -rf build/lab/.$(LESSON).new && \
		cp -R build/release/$(LESSON) build/lab/.$(LESSON).new && \
		mv build/lab/.$(LESSON).new build/lab/$(LESSON); \
	fi
	@bin=$$(cd $(BIN) && pwd) && toolbox=$$(cd build/toolbox/$(LESSON) && pwd) && cd build/lab && \
		PYTHONPATH="$$toolbox$${PYTHONPATH:+:$$PYTHONPATH}" \
		"$$bin/jupyter-lab" $(LAB_ARGS) $(LESSON)/$(LESSON).ipynb

pictures: $(READY)  ## make the README's pictures anew, from real runs (needs Chromium)
	$(BIN)/python -m docs.make_pictures

bench: $(BENCH_READY)  ## measure against other libraries (some minutes); fills in the tables
	$(BENCH)/bin/python -m benchmarks
	@echo "The tables are filled in. Run make build and commit the result."

bench-quick: $(BENCH_READY)  ## the same in two short processes; changes no table
	$(BENCH)/bin/python -m benchmarks --quick

bench-grading: $(READY) $(OTTER_READY)  ## measure grading beside nbgrader and Otter (half an hour)
	$(BIN)/python -m benchmarks.grading --otter $(OTTER)/bin/otter
	$(BIN)/python -m benchmarks.grading --linear
	@echo "docs/grading-speed.md is filled in. Commit it with the result."

clean:  ## remove caches and build/, but not your work in build/lab/, nor course/
	@if [ -d build ]; then find build -mindepth 1 -maxdepth 1 ! -name lab -exec rm -rf {} +; fi
	@rmdir build 2>/dev/null || true
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis *.egg-info
	@find benchmarks modules tests tinytorch tito -name __pycache__ -prune -exec rm -rf {} +
	@if [ -d build/lab ]; then echo "build/lab holds work of yours: remove it yourself"; fi

distclean: clean  ## also remove the environments .venv, .venv-bench and .venv-otter
	rm -rf $(VENV) $(BENCH) $(OTTER)

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile
	@echo "make ... PYTHON=python3.12 VENV=.venv-312 uses another Python and environment"

$(READY): constraints.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
		{ echo "make: there is no $(PYTHON) here; $(NEEDED)" >&2; exit 1; }
	@$(PYTHON) -c '$(FITTING)' || \
		{ echo "make: $(NEEDED), got $$($(PYTHON) --version 2>&1);" \
		"name one that fits: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) with the packages pinned in constraints.txt: some minutes, once." \
		"pip says nothing until it is done."
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[course,dev,fast]'
	@mkdir -p $(SETTINGS) && echo '$(NO_NEWS)' > $(SETTINGS)/overrides.json
	@touch $(READY)

$(BENCH_READY): benchmarks/constraints.txt pyproject.toml
	$(PYTHON) -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet -c benchmarks/constraints.txt -e '.[bench]'
	@touch $(BENCH_READY)

$(OTTER_READY): benchmarks/otter-constraints.txt
	$(PYTHON) -m venv --clear $(OTTER)
	$(OTTER)/bin/python -m pip install --quiet -r benchmarks/otter-constraints.txt
	@touch $(OTTER_READY)
