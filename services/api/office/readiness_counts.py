"""What can be counted of sittings at once: rosters, templates, seats, kiosks, invigilators. One query for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists
from sqlmodel import and_, col, func, select

from services.api.db.tables import Assignment, Hall, Kiosk, RosterEntry, Student, Template
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work

Place = tuple[int, str]


@dataclass(frozen=True)
class Counts:
    """What was counted."""

    on_roster: dict[Place, int]
    without_seat: dict[Place, int]
    without_template: dict[int, int]
    capacity: dict[str, int]
    """Seats of halls that have a plan."""
    zones: dict[str, str]
    with_kiosk: frozenset[str]
    watched: frozenset[tuple[int, str | None]]

    def expected(self, sitting_id: int) -> int:
        """Return how many are on a sitting's roster."""
        return sum(count for (sitting, _), count in self.on_roster.items() if sitting == sitting_id)

    def zone(self, halls: Sequence[str]) -> str:
        """Return the time zone of the first hall."""
        return self.zones.get(halls[0], "UTC") if halls else "UTC"


def count(work: Work, sittings: Sequence[SittingPublic]) -> Counts:
    """Count what these sittings have."""
    ids = [sitting.id for sitting in sittings]
    halls = work.session.exec(select(Hall)).all()
    return Counts(
        on_roster=_by_place(work, ids),
        without_seat=_by_place(work, ids, and_(col(RosterEntry.row).is_(None), col(RosterEntry.table_label) == "")),
        without_template=_without_template(work, ids),
        capacity={
            hall.id: hall.rows * hall.columns - len({(row, column) for row, column in hall.blocked})
            for hall in halls
            if hall.rows and hall.columns
        },
        zones={hall.id: hall.time_zone for hall in halls},
        with_kiosk=frozenset(
            work.session.exec(select(Kiosk.hall_id).where(col(Kiosk.enabled), Kiosk.direction == "in"))
        ),
        watched=frozenset(
            work.session.exec(
                select(Assignment.sitting_id, Assignment.hall_id).where(col(Assignment.sitting_id).in_(ids))
            ).all()
        ),
    )


def _by_place(work: Work, ids: Sequence[int], condition: ColumnElement[bool] | None = None) -> dict[Place, int]:
    query = (
        select(RosterEntry.sitting_id, RosterEntry.hall_id, func.count())
        .where(col(RosterEntry.sitting_id).in_(ids))
        .group_by(col(RosterEntry.sitting_id), col(RosterEntry.hall_id))
    )
    rows = work.session.exec(query if condition is None else query.where(condition))
    return {(sitting_id, hall_id): number for sitting_id, hall_id, number in rows}


def _without_template(work: Work, ids: Sequence[int]) -> dict[int, int]:
    """Active students whom no face will find, and who are not expected by number."""
    enrolled = exists().where(col(Template.student_id) == col(RosterEntry.student_id))
    query = (
        select(RosterEntry.sitting_id, func.count())
        .join(Student, col(Student.id) == RosterEntry.student_id)
        .where(col(RosterEntry.sitting_id).in_(ids), col(Student.active), col(Student.by_number).is_(False), ~enrolled)
        .group_by(col(RosterEntry.sitting_id))
    )
    return dict(work.session.exec(query).all())
