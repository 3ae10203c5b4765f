#!/bin/sh
# Makes .venv from the locks, and again only when a lock, pyproject.toml or the Python changed.
set -eu
cd "$(dirname "$0")/.."

venv=${VENV:-.venv}
stamp_file=$venv/.made-from
lock=locks/all.txt

digest() {
    "$1" -c 'import hashlib, pathlib, sys
print(*(hashlib.sha256(pathlib.Path(p).read_bytes()).hexdigest() for p in sys.argv[1:]), sys.version.split()[0])' "$lock" pyproject.toml
}

if [ -x "$venv/bin/python" ] && [ -f "$stamp_file" ] && [ "$(digest "$venv/bin/python" 2>/dev/null)" = "$(cat "$stamp_file")" ]; then
    exit 0
fi

if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "==> $venv is there, but something it was made from changed"
else
    python=$(sh scripts/find-python.sh)
    echo "==> Making $venv with $("$python" --version) ($python)"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        # Debian's python3 without python3-venv has no ensurepip; its pip can still fill an empty environment.
        rm -rf "$venv"
        "$python" -m venv --without-pip "$venv"
        "$python" -m pip --python "$venv/bin/python" install pip || {
            echo "No pip for $python: install python3-venv (Debian, Ubuntu) and run this again." >&2
            rm -rf "$venv"
            exit 1
        }
    fi
fi

packages=$(grep -c '^[A-Za-z0-9]' "$lock")
echo "==> Installing $packages locked packages, about 1.6 GB once unpacked: one to three minutes"
"$venv/bin/python" -m pip install --disable-pip-version-check --no-deps --require-hashes -r "$lock"
echo "==> Installing Nero itself"
"$venv/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
digest "$venv/bin/python" >"$stamp_file"
echo "==> Ready: $venv/bin/nero --help"
