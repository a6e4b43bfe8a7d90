# `make demo` and `make test` set everything up themselves; they need Python 3.11 or newer and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.DEFAULT_GOAL := help
.PHONY: help install demo demo-small test test-all lint check notebooks clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

install: $(INSTALLED)  ## the package and what `make check` needs, in .venv

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@

demo: $(INSTALLED)  ## train, export and check on real images, about five minutes
	$(BIN)/python examples/demo.py

demo-small: $(INSTALLED)  ## the same way in under two minutes, without the accuracy
	$(BIN)/python examples/demo.py --small

lint: $(INSTALLED)  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: $(INSTALLED)  ## the tests
	$(BIN)/python -m pytest -m "not slow"

notebooks: $(INSTALLED)  ## executes the notebooks
	EFFNETV2_QUICK=1 $(BIN)/python -m pytest --nbmake --nbmake-timeout=300 notebooks

check: lint test notebooks  ## everything that has to pass

test-all: check  ## the slow tests too
	$(BIN)/python -m pytest -m slow

clean:  ## removes what make wrote, runs included
	rm -rf $(VENV) runs build dist *.egg-info
