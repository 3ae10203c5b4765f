#!/bin/sh
# Locks again: one file for all, and one per service within it. Needs uv; nothing else here does.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null 2>&1 || { echo "make lock needs uv: https://docs.astral.sh/uv/ (pip install uv)" >&2; exit 1; }

lock() {
    out=$1; shift
    UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --override locks/overrides.txt \
        pyproject.toml "$@" -o "$out"
}

lock locks/all.txt --extra capture --extra liveness --extra recognizer --extra api --extra launcher --extra dev
for service in capture liveness recognizer api; do
    lock "locks/$service.txt" --extra "$service" -c locks/all.txt
done
