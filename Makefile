# The commands of a newcomer: make demo, make test. Both install from the lock file into .venv; a second call is quick.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.PHONY: install demo test check bench train lock clean

install: $(INSTALLED)

demo: $(INSTALLED)
	@$(RUN) run_triage.py demo $(ARGS)

test: $(INSTALLED_DEV)
	@$(RUN) -m pytest $(ARGS)

check: $(INSTALLED_DEV)
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

# Fills a store of a million messages in each database, and keeps it in build/bench: see README.md. ARGS="--messages 20000" is quick.
bench: $(INSTALLED_DEV)
	@$(RUN) -m bench.run
	@$(RUN) -m bench.matching_cost $(ARGS)

train: $(INSTALLED)
	@$(RUN) run_triage.py train

# Makes the lock files anew from pyproject.toml. Needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet pyproject.toml -o requirements/run.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet pyproject.toml --group dev -o requirements/dev.lock

clean:
	rm -rf $(VENV) var build .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements/run.lock | $(VENV)/bin/python
	@echo "Installing what the program needs (once)"
	@$(VENV)/bin/pip install -qq --disable-pip-version-check --require-hashes -r requirements/run.lock
	@touch $@

$(INSTALLED_DEV): requirements/dev.lock requirements/run.lock | $(INSTALLED)
	@echo "Installing what the tests need (once)"
	@$(VENV)/bin/pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@
