"""`python -m tests.faults.real --checkins 2000`: check-ins through the real recognizer and ingest, which crash.

Real Redis (synced always), the real processes with Intel's network, on SQLite or PostgreSQL. Every
student types a number at a door and is compared with their own template. The processes crash at each
named point in turn and are started again. Exit 0: nothing lost, nothing twice, all present, drained.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from tests.faults.real.run import Plan, Result, run
from tests.faults.real.workers import ROOT

BROKEN = ("no_unique_id", "ack_before_commit", "no_fence")
_SAY_EVERY_S = 10.0


def main() -> int:
    """Run what the command line asks for."""
    asked = _arguments().parse_args()
    if asked.restart_database and not asked.postgres:
        print("--restart-database needs --postgres: SQLite has no server", file=sys.stderr)
        return 2
    if not (asked.materials / "models").is_dir():
        print(f"no materials at {asked.materials}: set NERO_SHARED", file=sys.stderr)
        return 2
    result = run(
        Plan(
            asked.checkins,
            asked.materials,
            asked.postgres,
            asked.restart_redis,
            asked.restart_database,
            asked.broken,
            asked.crash_chance,
            asked.limit_s,
        ),
        _Progress(),
    )
    print(json.dumps(result.document()) if asked.json else _told(result))
    return 0 if result.sound else 1


class _Progress:
    """What is done, on stderr, each sentence now and then."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def __call__(self, sentence: str) -> None:
        if time.monotonic() >= self._next_s or not sentence[:1].isdigit():
            self._next_s = time.monotonic() + _SAY_EVERY_S
            print(sentence, file=sys.stderr, flush=True)


def _told(result: Result) -> str:
    plan, found = result.plan, result.tally
    database = "PostgreSQL" if plan.postgres else "SQLite"
    points = "".join(f"\n  {count:>3} x {point}" for point, count in result.faults.items())
    others = ", ".join(f"{kind} ({count}x)" for kind, count in result.ended_by_themselves.items())
    return (
        f"{plan.checkins} check-ins, real recognizer and ingest, {database}, Redis {result.redis_version}"
        f"{f', broken on purpose: {plan.broken}' if plan.broken else ''}\n"
        f"faults: {sum(result.faults.values())} at {len(result.faults)} points,"
        f" then every process killed at once{points}\n"
        f"restarted half-way: {', '.join(result.restarts) or 'nothing'}\n"
        f"ended by themselves: {others or 'none'}\n"
        f"lost {found.lost}, twice {found.twice}, under a stale fence {found.stale},"
        f" not present on the roster {found.not_present}, with another id {found.other_ids},"
        f" dead letters {result.dead_letters}, audit chain {'broken' if found.audit_broken else 'whole'}\n"
        f"{'drained' if result.drained else 'NOT drained'} {result.drain_s:.1f} s after the last fault,"
        f" {result.seconds:.0f} s in all: {'sound' if result.sound else 'BROKEN'}"
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.real", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    materials = Path(os.environ.get("NERO_SHARED", ROOT.parent / "shared")).resolve()
    parser.add_argument("--checkins", type=int, default=2000)
    parser.add_argument("--postgres", action="store_true", help="on a private PostgreSQL instead of SQLite")
    parser.add_argument("--restart-redis", action="store_true", help="kill both Redis half-way, and start them again")
    parser.add_argument("--restart-database", action="store_true", help="stop PostgreSQL half-way, as a crash would")
    parser.add_argument("--broken", choices=BROKEN, help="a deliberately broken variant: must be found out")
    parser.add_argument("--crash-chance", type=float, help="of a crash, each time a point is passed")
    parser.add_argument("--limit-s", type=float, default=1200.0)
    parser.add_argument("--materials", type=Path, default=materials, help="default: NERO_SHARED, or ../shared")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
