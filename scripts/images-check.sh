#!/bin/sh
# Tries every image's command in a clean environment that holds only that service's lock, with the settings
# that the image comes with.
set -eu
cd "$(dirname "$0")/.."
python=$(sh scripts/find-python.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

image_settings=$(sed -n 's/^\(ENV\)\{0,1\}  *\(NERO_[A-Z_]*=[^ ]*\).*/\2/p' deploy/Dockerfile)
[ -n "$image_settings" ] || { echo "deploy/Dockerfile sets nothing of ours: this script reads it wrongly" >&2; exit 1; }

try() {
    service=$1; shift
    echo "--- $service: $*"
    # A wrong setting must be refused by the service's own words: every import has happened by then.
    # It must be the only one: what the image sets, each of its commands must know.
    # shellcheck disable=SC2086 # a list of settings, none with a space
    if env $image_settings NERO_METRICS_PORT=70000 "$work/$service/bin/python" -m "$@" >"$work/said" 2>&1; then
        echo "$service started with a wrong setting" >&2; exit 1
    fi
    grep "wrong setting: NERO_METRICS_PORT" "$work/said" || { cat "$work/said" >&2; exit 1; }
    if grep "wrong setting" "$work/said" | grep -v "NERO_METRICS_PORT" >&2; then
        echo "$service refuses a setting that its image comes with" >&2; exit 1
    fi
}

for service in capture liveness recognizer api; do
    echo "==> $service: a clean environment from locks/$service.txt"
    "$python" -m venv "$work/$service"
    "$work/$service/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "locks/$service.txt"
    "$work/$service/bin/pip" install --quiet --disable-pip-version-check --no-deps .
    # Nothing that the service or shared/ is made of may need more than the lock has.
    (cd "$work" && "$work/$service/bin/python" -c "
import importlib, pkgutil
for root in ('shared', 'services.$service'):
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, root + '.'):
        if not module.name.endswith('__main__') and '.migrations.' not in module.name:
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                if root != 'shared' or not str(error.name).startswith(('cv2', 'mediapipe', 'rq')):
                    raise SystemExit(f'{module.name}: {error}')
")
    case $service in
        recognizer) for process in "" enrolment models; do try recognizer services.recognizer $process; done ;;
        api) for process in web ingest office; do try api services.api $process; done ;;
        *) try "$service" "services.$service" ;;
    esac
    rm -rf "$work/${service:?}"
done
echo "every image's command runs on its own lock"
