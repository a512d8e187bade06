# The commands of a newcomer: make demo, make test. Both install from the lock files into .venv, and make the queue's styles; a second
# call is quick.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
STYLES := build/web/.made

.PHONY: install demo test check bench train lock clean

install: $(INSTALLED) $(STYLES)

demo: $(INSTALLED) $(STYLES)
	@$(RUN) run_triage.py demo $(ARGS)

# The slow ones, which come first in the alphabet, are begun first: so no processor waits for another at the end.
test: $(INSTALLED_DEV) $(STYLES)
	@$(RUN) -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(INSTALLED_DEV)
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

# Fills a store of a million messages in each database, and keeps it in build/bench: see README.md. ARGS="--messages 20000" is quick.
bench: $(INSTALLED_DEV)
	@$(RUN) -m bench.run
	@$(RUN) -m bench.matching_cost $(ARGS)
	@$(RUN) -m bench.queue_cost

train: $(INSTALLED)
	@$(RUN) run_triage.py train

# Makes the lock files anew from pyproject.toml, requirements/node.in and package.json. Needs uv and npm. None of them names a registry.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet pyproject.toml -o requirements/run.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet pyproject.toml --group dev -o requirements/dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet requirements/node.in -o requirements/node.lock
	npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean:
	rm -rf $(VENV) var build node_modules .mypy_cache .ruff_cache .import_linter_cache

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

# Without a network it is not made, says so, and is tried again by the next call: nothing else waits for it.
$(STYLES): package-lock.json $(wildcard triage/web/styles/*.scss triage/web/styles/*.sh) | $(INSTALLED)
	@sh triage/web/styles/make.sh $(VENV)
