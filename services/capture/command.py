"""The command line of capture: `python -m services.capture [--kiosk A__door1=file:walk.mp4] [--until-ended]`."""

import argparse
import signal
import sys
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from services.capture.compose import compose
from services.capture.plan import given_kiosk
from services.capture.settings import CaptureSettings
from services.capture.sources.base import SourceFactory, parse_address
from shared import logs
from shared.errors import Unavailable
from shared.settings import load


def main(argv: Sequence[str] | None = None, extra_sources: Mapping[str, SourceFactory] | None = None) -> int:
    """Run capture; return its exit code. `extra_sources` are cameras that another package brings."""
    given = _arguments().parse_args(argv)
    settings = load(CaptureSettings)
    logs.configure(settings, "capture")
    try:
        capture = compose(settings, extra_sources, dict(given.kiosk))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: capture.stop.set())
        return capture.run(until_ended=given.until_ended)
    except Unavailable as error:
        print(f"nero: {error}", file=sys.stderr)  # noqa: T201 - an operator at a terminal
        return 2


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="services.capture", description="Reads cameras and sends their frames.")
    parser.add_argument(
        "--kiosk",
        action="append",
        default=[],
        type=_kiosk,
        metavar="ID=SOURCE",
        help="a kiosk and its camera, beside or instead of the schedule's; may be given again",
    )
    parser.add_argument("--until-ended", action="store_true", help="end when the footage of every kiosk has ended")
    return parser


def _kiosk(text: str) -> tuple[str, str]:
    kiosk_id, equals, source = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: give ID=SOURCE, such as A__door1=file:walk.mp4")
    try:
        parse_address(source)
        given_kiosk(kiosk_id, source, "local")
    except ValidationError as error:
        raise argparse.ArgumentTypeError(
            f"{kiosk_id!r} is no kiosk's id: letters, digits, dot, dash and underscore, such as A__door1"
        ) from error
    except Unavailable as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return kiosk_id, source
