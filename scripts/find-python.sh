#!/bin/sh
# Prints the path of a Python 3.11 or 3.12 that works, or says what to do. PYTHON=… names one to use.
# Each candidate is run: a pyenv shim may exist and yet run nothing.
set -eu

says_where() {
    "$1" -c 'import sys, venv
if not (3, 11) <= sys.version_info[:2] <= (3, 12): sys.exit(1)
print(sys.executable)' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    if says_where "$PYTHON"; then exit 0; fi
    echo "PYTHON=$PYTHON is not a working Python 3.11 or 3.12 (it says: $("$PYTHON" --version 2>&1 | head -n 1 || true))." >&2
    exit 1
fi
for name in python3.12 python3.11 python3 python; do
    # every place on PATH, not only the first: a shim may stand before the real one
    for folder in $(printf '%s' "$PATH" | tr ':' ' '); do
        if [ -x "$folder/$name" ] && says_where "$folder/$name"; then exit 0; fi
    done
done
cat >&2 <<'SAY'
Nero needs Python 3.11 or 3.12 (mediapipe 0.10.21 has no build for others), and found none that works.
  Debian/Ubuntu: apt-get install python3 python3-venv    macOS: brew install python@3.12
  Installed elsewhere? Name it: make demo PYTHON=/path/to/python3.12
SAY
exit 1
