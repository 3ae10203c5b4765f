"""The API's processes by name; each is composed in its own place, and imported only when it is the one to run."""

import argparse
import logging
import sys
from collections.abc import Sequence

from services.api.settings import ApiSettings
from shared import logs
from shared.errors import Unavailable
from shared.settings import load


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of the processes; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.api", description="Nero's office.")
    parser.add_argument("process", choices=("web", "ingest"), help="web: REST and pages. ingest: verdicts and rosters.")
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
    else:
        from services.api.ingest.run import run

        run(settings)
