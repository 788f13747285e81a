# Strongroom: the commands of this checkout. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SERVER_READY := $(VENV)/.ready-server
DEVELOP_READY := $(VENV)/.ready-develop
TOOLS_READY := $(VENV)/.ready-clients
ARGS ?=

.PHONY: help setup demo test check soak bench dist trace lock format clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(SERVER_READY) ## Make .venv with what the server needs, and nothing else

$(SERVER_READY): requirements/build.txt requirements/server.txt packages/formats/pyproject.toml packages/server/pyproject.toml
	@$(PYTHON) tools/preflight.py
	@test -x $(BIN)/python || { echo "Making .venv ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing hashed requirements (about half a minute, once) ..."
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --require-hashes -r requirements/server.txt
	@$(PIP) install --no-deps --no-build-isolation -e packages/formats -e packages/server
	@touch $@

$(DEVELOP_READY): $(SERVER_READY) requirements/develop.txt
	@echo "Installing the test tools (about a minute, once) ..."
	@$(PIP) install --require-hashes -r requirements/develop.txt
	@touch $@

$(TOOLS_READY): tools/test_clients.sh | $(DEVELOP_READY)
	@bash tools/test_clients.sh
	@touch $@

demo: setup ## Run a whole delivery on this machine (ARGS=--check fetches, verifies and exits)
	@$(BIN)/strongroom demo $(ARGS)

test: $(DEVELOP_READY) $(TOOLS_READY) ## Pass every test, on SQLite and on PostgreSQL
	@tools/run_tests.sh $(ARGS)

check: $(DEVELOP_READY) ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEVELOP_READY) ## Rewrite the code in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

soak: $(DEVELOP_READY) $(TOOLS_READY) ## The long versions: kill rounds, scale, endurance (under 20 minutes)
	@$(BIN)/python -m pytest -m soak --override-ini addopts= -p no:randomly --timeout 1200 tests $(ARGS)

bench: $(DEVELOP_READY) $(TOOLS_READY) ## Measure against OpenSSH and ProFTPD; writes bench/RESULTS.md
	@$(BIN)/python -m bench $(ARGS)

dist: $(DEVELOP_READY) ## Build the wheels into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist packages/formats > /dev/null
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist packages/server > /dev/null
	@ls -1 dist/*.whl

trace: $(DEVELOP_READY) ## Requirement and attack IDs with their tests, and the gaps
	@$(BIN)/python tools/trace.py $(ARGS)

lock: $(DEVELOP_READY) ## Lock the requirement files again, with hashes
	@for set in build server develop; do \
		$(BIN)/uv pip compile --quiet --python-version 3.11 --no-header --no-emit-index-url \
			--no-emit-find-links --generate-hashes requirements/$$set.in -o requirements/$$set.txt; done

clean: ## Remove what the other commands made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
