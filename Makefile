# Strongroom: the commands of this checkout. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The first Python that is new enough; `make PYTHON=... setup` chooses another.
PYTHON ?= $(or $(shell for one in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; \
	done),python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
# A stamp is younger than what it was made from, so that a second start is quick.
SERVER_READY := $(VENV)/.ready-server
DEVELOP_READY := $(VENV)/.ready-develop
TOOLS_READY := $(VENV)/.ready-clients
ARGS ?=

.PHONY: help setup demo test check soak bench dist trace reference lock format clean

help: ## List these commands
	@echo "Strongroom. Begin with: make demo"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'ARGS go to the program behind, as in: make test ARGS="-k manifest"'

setup: $(SERVER_READY) ## Make .venv with what strongroom and strongbox need, and nothing else

$(SERVER_READY): requirements/build.txt requirements/server.txt requirements/client.txt packages/formats/pyproject.toml packages/server/pyproject.toml packages/client/pyproject.toml
	@$(PYTHON) tools/preflight.py
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
		{ echo "Making .venv ..." && $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing the requirements, checked by their hashes (about 35 MB, once) ..."
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --require-hashes -r requirements/server.txt
	@$(PIP) install --require-hashes -r requirements/client.txt
	@$(PIP) install --no-deps --no-build-isolation -e packages/formats -e packages/server -e packages/client
	@touch $@

$(DEVELOP_READY): $(SERVER_READY) requirements/develop.txt
	@echo "Installing the test tools, checked by their hashes (a minute or two, once) ..."
	@$(PIP) install --require-hashes -r requirements/develop.txt
	@touch $@

$(TOOLS_READY): tools/test_clients.sh tools/s3_servers.py | $(DEVELOP_READY)
	@bash tools/test_clients.sh
	@$(BIN)/python tools/s3_servers.py install || echo "The tests against it are skipped."
	@touch $@

demo: $(SERVER_READY) ## Run a whole delivery on this machine (ARGS=--check fetches, verifies and exits)
	@$(BIN)/strongroom demo $(ARGS)

test: $(DEVELOP_READY) $(TOOLS_READY) ## Pass every test, on SQLite and on PostgreSQL
	@bash tools/run_tests.sh $(ARGS)

check: $(DEVELOP_READY) ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEVELOP_READY) ## Rewrite the code in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

soak: $(DEVELOP_READY) $(TOOLS_READY) ## The long versions: kill rounds, scale, endurance (under 20 minutes)
	@$(BIN)/python -m pytest -m soak -n 2 --dist loadfile -p no:randomly --timeout 1200 --verbose --durations 0 tests $(ARGS)

bench: $(DEVELOP_READY) ## Measure against OpenSSH and ProFTPD; writes bench/RESULTS.md
	@$(BIN)/python -m bench $(ARGS)

dist: $(DEVELOP_READY) ## Build the wheels into dist/
	@rm -rf packages/*/build
	@for one in formats server client; do \
		$(BIN)/python -m build --wheel --no-isolation --outdir dist packages/$$one > /dev/null || exit 1; done
	@ls -1 dist/*.whl

trace: $(DEVELOP_READY) ## Requirement and attack IDs with their tests (ARGS=--gaps: only those without)
	@$(BIN)/python tools/trace.py $(ARGS)

reference: $(SERVER_READY) ## Write docs/operate/configuration.md anew from the settings
	@$(BIN)/python tools/settings_reference.py

lock: $(DEVELOP_READY) ## Lock the requirement files again, with hashes
	@for set in build server client develop; do \
		$(BIN)/uv pip compile --quiet --python-version 3.11 --no-header --no-emit-index-url \
			--no-emit-find-links --generate-hashes requirements/$$set.in -o requirements/$$set.txt; done

clean: ## Remove what the other commands made
	rm -rf $(VENV) dist build packages/*/build packages/*/src/*.egg-info \
		.pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
