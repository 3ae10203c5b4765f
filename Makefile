# From a bare clone, with Python 3.11 or 3.12, pip, make and git:
#   make demo    a whole exam check-in on sample people
#   make test    every test
# PYTHON=/path/to/python3.12 names the interpreter; VENV=folder, where the environment goes.
PYTHON ?=
VENV ?= .venv
export PYTHON VENV
.DEFAULT_GOAL := help
.PHONY: help setup system demo test lint format check lock docs images-check clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

setup: ## make the environment from the locks (again only when they changed)
	@sh scripts/setup.sh

system: ## install what the tests need from Debian (as root), or say what is missing
	@sh scripts/system.sh

demo: setup ## a whole exam check-in on sample people, with the pages up while it runs
	@$(VENV)/bin/nero demo

test: setup system ## lint, types, import contracts, docs, and every test
	@sh scripts/test.sh

lint: setup ## lint, types and import contracts alone
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: setup ## let ruff write the code as it should be
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format --quiet .

docs: setup ## write the generated pages again
	@$(VENV)/bin/python -m services.launcher.settings_reference --write

check: test ## the same as test

lock: ## lock the dependencies again (needs uv)
	@sh scripts/lock.sh

images-check: ## try every image's command on its own lock (minutes)
	@sh scripts/images-check.sh

clean: ## remove the environment and what tools left
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
