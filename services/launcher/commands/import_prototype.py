"""`nero import-prototype nero_attendance.db`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast

import typer
from sqlalchemy import Engine
from sqlmodel import col, select

from services.api import audit
from services.api.auth.caller import Caller
from services.api.auth.roles import Role
from services.api.db.engine import make_engine, writing
from services.api.db.migrate import migrate
from services.api.db.tables import User
from services.api.office.work import Work, follow_schedule
from services.api.problems import Problem
from services.api.settings import ApiSettings
from services.launcher.commands.errors import WRONG_USE, plainly
from services.launcher.prototype.importing import Choices, Outcome, take_over
from services.launcher.prototype.reading import read_prototype
from services.launcher.terminal import stderr
from shared.clock import SystemClock
from shared.connections import connect_events
from shared.errors import Invalid
from shared.keys import ensure_ring
from shared.settings import load

_SAID = (
    ("exams_created", "exams"),
    ("sittings_created", "sittings"),
    ("halls_created", "halls"),
    ("added", "roster lines"),
    ("changed", "changed places"),
    ("unchanged", "roster lines that were there"),
)


def command(
    database: Annotated[Path, typer.Argument(help="The prototype's SQLite file; it is only read.")],
    basis: Annotated[str, typer.Option(help="Legal basis that its photos are kept on (see `enrolment_bases`).")],
    text_version: Annotated[str, typer.Option(help="Version of the text that the students were told.")] = "",
    start: Annotated[str, typer.Option(help="Start of exams whose row names none.")] = "09:00",
    hours: Annotated[float, typer.Option(help="Length of exams whose row names no end.", min=0.25, max=12)] = 2,
    hall: Annotated[str, typer.Option(help="Hall of rows that name none.")] = "A",
    time_zone: Annotated[str, typer.Option(help="Time zone of the halls that are made.")] = "UTC",
    user: Annotated[str, typer.Option(help="Whose act it is in the audit log; default: the first super admin.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken over, and change nothing.")
    ] = False,
) -> None:
    """Take over students, photos, exams and rosters of the prototype; again changes nothing.

    Photos are enrolled anew by the office's worker. Face encodings are pickles, and are never opened.
    """
    console = stderr()
    settings = load(ApiSettings)
    choices = Choices(start, hours, hall, time_zone, basis, text_version, dry_run)
    with plainly(console):
        found = read_prototype(database)
        engine = make_engine(settings.database)
        audit.anchor_at(engine, settings.audit_head)
        migrate(engine)
        try:
            if basis not in settings.api.enrolment_bases:
                raise Invalid(
                    f"there is no legal basis {basis!r} here: one of {', '.join(settings.api.enrolment_bases)}"
                )
            outcome = take_over(found, choices, lambda: _working(settings, engine, user))
        except Problem as problem:
            console.print(f"nero: {problem.body.message}", markup=False, highlight=False)
            raise typer.Exit(WRONG_USE) from problem
        finally:
            engine.dispose()
    for line in outcome.problems:
        console.print(f"nero: {line}", markup=False, highlight=False, soft_wrap=True)
    print(_summary(outcome, dry_run))


@contextmanager
def _working(settings: ApiSettings, engine: Engine, username: str) -> Iterator[Work]:
    media = ensure_ring(settings.keys_dir.expanduser(), "media")
    with writing(engine) as session, follow_schedule(session):
        named = User.username == username if username else User.role == "super_admin"
        user = session.exec(select(User).where(named).order_by(col(User.id))).first()
        if user is None:
            raise Invalid("there is no such account: make one with `nero admin create-user NAME --role super_admin`")
        by = Caller(user_id=user.id, role=cast(Role, user.role), address="nero import-prototype")
        yield Work(session, by, SystemClock().now(), settings.api, media, connect_events(settings, "import-prototype"))


def _summary(outcome: Outcome, dry_run: bool) -> str:
    counts = ", ".join(f"{number} {what}" for name, what in _SAID if (number := outcome.counts.get(name, 0)))
    would = "would take over" if dry_run else "took over"
    text = f"{would} {outcome.students_made} students, {outcome.photos} photos{', ' if counts else ''}{counts}"
    job = f"; photos are enrolled by {outcome.job_id}" if outcome.job_id else ""
    wrong = f"; {len(outcome.problems)} could not be read" if outcome.problems else ""
    return f"nero: {text}{job}{wrong}"
