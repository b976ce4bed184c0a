# Two commands to know: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export PORT

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.run: requirements/run.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==0.13.9
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r $< || $(BIN)/python -m pip install -q --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r $< || $(BIN)/python -m pip install -q --require-hashes -r $<
	@touch $@

$(VENV)/conformance: requirements/conformance.lock $(VENV)/.run
	@$(BIN)/python -m pip download -q --disable-pip-version-check --no-deps --no-binary openbadgeslib --require-hashes -r $< -d $@
	@touch $@

setup: $(VENV)/.run ## prepare the virtual environment from the lock file

run: setup ## start ICT Commons with starter content on http://localhost:8000 (PORT=… for another)
	@DEMO=1 exec $(BIN)/python manage.py serve

test: $(VENV)/.dev $(VENV)/conformance ## every test; installs the servers and the browser that it needs
	@tests/servers tests/everything $(BIN)/python

test-fast: $(VENV)/.dev $(VENV)/conformance ## the quick tests: no browser, no server, nothing that takes seconds
	@$(BIN)/python -m pytest -n 2 -m "not browser and not postgresql and not chaos and not node and not house and not slow"

lint: $(VENV)/.dev ## layers, style, types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && DEMO=1 $(BIN)/lint-imports && DEMO=1 $(BIN)/mypy .

chaos: $(VENV)/.dev ## a live session under ten minutes of faults: SEED=… MINUTES=… PEOPLE=… PAUSE=…, the report to var/chaos
	@DEMO=1 $(BIN)/python -m tests.chaos.live --minutes $(or $(MINUTES),10) --people $(or $(PEOPLE),350) --pause $(or $(PAUSE),10) $(if $(SEED),--seed $(SEED))

bench: $(VENV)/.dev ## ratios against an empty view in the same run, to bench/results.json
	@DEMO=1 $(BIN)/python -m bench

screens: $(VENV)/.dev ## pictures of the main pages, to docs/screens
	@DEMO=1 $(BIN)/python -m tests.browser.screens

demo: setup ## forget the demonstration's state and load the starter content again
	@rm -rf var && DEMO=1 $(BIN)/python manage.py prepare

lock: ## resolve the dependencies again into requirements/*.lock
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -q -o requirements/run.lock
	@for group in production dev; do $(BIN)/uv pip compile pyproject.toml --group $$group --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -q -o requirements/$$group.lock; done

.PHONY: help setup run test test-fast lint chaos bench screens demo lock
