# The verbs of this project. `make` alone lists them.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PROMPT ?= Write one sentence about a lighthouse.
# Many tests wait, for daemons or for the clock: one more than there are processors keeps these busy.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1 )))
PROVE ?= 200
ROUTER_DATA ?= ../shared/router-data

# Without its bytecode, every daemon that a test starts would compile all that it loads.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install dev model run test check fuzz prove wall bench walk eval mutate golden lock generate clean

help: ## list the verbs
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/stamp-runtime ## set up .venv: the locked packages, the engine, the commands

dev: $(VENV)/stamp-dev ## install, and what the tests and checks need

model: install ## fetch the demonstration model (98 MB) where it is not there yet
	@$(BIN)/python -m homeport.daemon.download default >/dev/null

run: model ## set everything up, start the daemon, answer a prompt
	@$(BIN)/homeport ask "$(PROMPT)"

test: dev model check ## set everything up and run every check and test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

check: dev ## lint, types, import rules
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo 2>&1 | tail -n 3

fuzz: dev ## the properties once more, with examples that were never drawn before
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q -m hypothesis --hypothesis-profile fuzz

prove: dev model ## the long proofs, for hours of patience
	@HOMEPORT_PROVE=$(PROVE) $(BIN)/python -m pytest -n $(WORKERS) --timeout 3600 -q

wall: dev ## play every fault everywhere, and write the gaps into daemon/README.md
	@PYTHONPATH=tests $(BIN)/python -m support.fault_wall

bench: dev model ## measure, and write tests/bench/RESULTS.md
	@$(BIN)/python tests/bench/run.py

walk: dev ## walk through every screen of the terminal interface with the lab; captures in build/walk
	@HOMEPORT_PROVE=1 $(BIN)/python -m pytest -q --timeout 600 tests/tui/test_walk.py

eval: dev ## score the routers on ROUTER_DATA, and write tests/eval/RESULTS.md
	@$(BIN)/python -m homeport.eval router --data $(ROUTER_DATA) --out build/eval >/dev/null
	@cp build/eval/RESULTS.md tests/eval/RESULTS.md

mutate: dev ## put small faults into the policies, and say which ones no test notices
	@PYTHONPATH=tests $(BIN)/python -m mutation

golden: dev ## write the text pictures of the terminal interface anew
	@HOMEPORT_GOLDEN=update $(BIN)/python -m pytest -q tests/tui tests/cli || true
	@git --no-pager diff --stat -- tests

generate: dev ## write the generated files anew: schema, sample, tables
	@$(BIN)/python -m homeport.daemon.config.schema

lock: ## resolve the lock files anew (needs uv)
	@python3 packaging/lock/make_lock.py

clean: ## remove .venv and caches of the checks
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Homeport needs Python 3.11 or newer, with its venv module (Debian: apt install python3-venv)."; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version)." >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/stamp-runtime: packaging/lock/runtime.txt packaging/lock/engine.txt packaging/lock/engine-build.txt packaging/engine.py pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages." >&2
	@$(PIP) install --require-hashes -r packaging/lock/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python packaging/engine.py
	@$(BIN)/python -m compileall -q daemon tui adapters policies || true
	@touch $@

$(VENV)/stamp-dev: $(VENV)/stamp-runtime packaging/lock/dev.txt
	@echo "Installing what the tests need." >&2
	@$(PIP) install --require-hashes -r packaging/lock/dev.txt
	@touch $@
