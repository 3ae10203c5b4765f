"""The API's processes by name; each is composed in its own place, and imported only when it is the one to run."""

import argparse
import logging
import sys
from collections.abc import Sequence

from services.api.settings import ApiSettings
from shared import logs
from shared.errors import Unavailable
from shared.settings import load

_HELP = "web: REST and pages. ingest: verdicts and rosters. office: imports, reports. first-admin: make the first account, where there is none."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of the processes; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.api", description="Nero's office.")
    parser.add_argument("process", choices=("web", "ingest", "office", "first-admin"), help=_HELP)
    process = parser.parse_args(argv).process
    settings = load(ApiSettings)
    logs.configure(settings, f"api-{process}")
    for chatty in ("alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        _run(process, settings)
    except Unavailable as error:
        print(f"nero: {error}", file=sys.stderr)  # noqa: T201 - an operator at a terminal
        return 1
    return 0


def _run(process: str, settings: ApiSettings) -> None:
    if process == "web":
        from services.api.web.serve import serve

        serve(settings)
    elif process == "ingest":
        from services.api.ingest.run import run

        run(settings)
    elif process == "office":
        from services.api.jobs.worker import run as run_office

        run_office(settings)
    else:
        from services.api.auth.first_admin import make_first_admin

        print(make_first_admin(settings))  # noqa: T201 - shown once, to whoever runs this
