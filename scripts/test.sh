#!/bin/sh
# All that `make test` runs, in the order that fails soonest.
set -eu
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin

step() { echo "==> $*"; }

step "ruff";           "$bin/ruff" check .; "$bin/ruff" format --check --quiet . || { echo "make format writes it as it should be" >&2; exit 1; }
step "mypy";           "$bin/mypy"
step "import-linter";  "$bin/lint-imports" --no-logo
step "docs/settings.md is what the settings say"
"$bin/python" -m services.launcher.settings_reference --check
# Three processes, on two cores: most tests wait for something. NERO_TEST_PROCESSES=0 runs them one after the other.
step "pytest";         "$bin/python" -m pytest -q -n "${NERO_TEST_PROCESSES:-3}" ${PYTEST_ARGS:-}
