# `make run` and `make test` are all a newcomer needs; see `make help`.
PORT ?= 8501
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.fieldmark

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench bench-review demo screenshots

help:  ## Show these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP)-run  ## Make .venv and install what Fieldmark needs to run

run: setup  ## Start the app on http://localhost:8501 (PORT=... changes it)
	@$(BIN)/python -m core migrate
	@$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(STAMP)-test  ## Run everything: lint, types, unit, page, property and browser tests
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest

lint: $(STAMP)-test  ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(STAMP)-test  ## Print the table of docs/benchmarks.md for this machine
	@$(BIN)/python -m tests.benchmarks

bench-review: $(STAMP)-test  ## Label at speed in a real browser, and count what is lost
	@scripts/make-peer $(PYTHON) .venv-peer || echo "Label Studio cannot be installed here; there will be nothing to compare with."
	@$(BIN)/python -m tests.benchmarks.review

demo: $(STAMP)-run  ## Walk from mistakes to a better model and back, with drawn animals and no network
	@$(BIN)/python -m tests.demo

screenshots: $(STAMP)-test  ## Take the pictures of the README anew
	@$(BIN)/python -m tests.screenshots

$(VENV)/bin/python:
	@scripts/make-venv $(PYTHON) $(VENV)

$(STAMP)-run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Fieldmark needs (some minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

$(STAMP)-test: requirements-test.txt $(STAMP)-run
	@echo "Installing the test tools ..."
	@$(BIN)/python -m pip install --quiet --requirement requirements-test.txt
	@scripts/install-chromium
	@touch $@
