"""What sittings still lack before people can come, each with the page on which it is mended."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlmodel import col, select

from services.api.db.tables import Sitting
from services.api.examples import example_of
from services.api.office import readiness_clashes, readiness_counts, sittings
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Work

Lack = Literal[
    "no_students",
    "no_template",
    "no_plan",
    "no_seat",
    "seats_short",
    "same_seat",
    "seat_gone",
    "no_kiosk",
    "no_invigilator",
    "student_clash",
    "invigilator_clash",
    "look_alikes",
    "liveness_off",
]
WEEK = timedelta(days=7)
_WHERE: dict[str, str] = {
    "no_students": "/office/rosters/{sitting}",
    "no_template": "/office/students?view=missing&sitting={sitting}",
    "no_plan": "/office/halls/{hall}",
    "no_seat": "/office/sittings/{sitting}/seats?hall={hall}",
    "seats_short": "/office/sittings/{sitting}/seats?hall={hall}",
    "same_seat": "/office/sittings/{sitting}/seats?hall={hall}",
    "seat_gone": "/office/sittings/{sitting}/seats?hall={hall}",
    "no_kiosk": "/office/kiosks?hall={hall}",
    "no_invigilator": "/office/sittings/{sitting}#invigilators",
    "student_clash": "/office/rosters/{sitting}",
    "invigilator_clash": "/office/sittings/{sitting}#invigilators",
    "look_alikes": "/office/look-alikes?sitting={sitting}",
    "liveness_off": "/office/sittings/{sitting}#times",
}


class Missing(BaseModel):
    """One thing that a sitting lacks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"what": "no_seat", "count": 12, "hall": "B", "mend": "/office/sittings/1/seats?hall=B"}]
        }
    )

    what: Lack = Field(
        description="`no_template`: students on the roster who are neither enrolled nor expected by number; "
        "`seats_short`: the hall has so many seats too few for all who write there then; `same_seat`: people who were "
        "given a seat that somebody else has; `seat_gone`: people whose seat is blocked now, or no longer on the plan; "
        "`student_clash`: students with another sitting at the same time."
    )
    count: int = Field(description="How many of it: students, seats, pairs, people.")
    hall: str | None = None
    students: list[str] = Field(default_factory=list, description="Some of the students that it is about.")
    mend: str = Field(description="The page on which it is mended.")


class Readiness(BaseModel):
    """One sitting, and what it lacks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sitting": example_of(SittingPublic),
                    "expected": 240,
                    "time_zone": "UTC",
                    "missing": [example_of(Missing)],
                    "ready": False,
                }
            ]
        }
    )

    sitting: SittingPublic
    expected: int = Field(description="Students on its roster.")
    time_zone: str = Field(description="Its first hall's.")
    missing: list[Missing]
    ready: bool = Field(description="Nothing is missing.")


class WeekReadiness(BaseModel):
    """All sittings of seven days."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "starts_at": "2026-11-23T00:00:00Z",
                    "ends_at": "2026-11-30T00:00:00Z",
                    "sittings": [example_of(Readiness)],
                }
            ]
        }
    )

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    sittings: list[Readiness]


def week(work: Work, starts_at: datetime) -> WeekReadiness:
    """Return the sittings that start within seven days, called-off ones left out, by start."""
    ends_at = starts_at + WEEK
    found = work.session.exec(
        select(Sitting)
        .where(col(Sitting.state) != "cancelled", col(Sitting.starts_at) >= starts_at, col(Sitting.starts_at) < ends_at)
        .order_by(col(Sitting.starts_at), col(Sitting.id))
    ).all()
    assigned = work.assigned()
    mine = [sitting for sitting in found if assigned is None or sitting.id in assigned]
    return WeekReadiness(starts_at=starts_at, ends_at=ends_at, sittings=check(work, mine))


def of_sitting(work: Work, sitting_id: int) -> Readiness:
    """Return what one sitting lacks.

    Raises:
        Problem: no such sitting.
    """
    return check(work, [sittings.get(work, sitting_id)])[0]


def check(work: Work, checked: list[Sitting]) -> list[Readiness]:
    """Return what each of these sittings lacks, with one query for each kind of lack."""
    if not checked:
        return []
    shown = sittings.shape(work, checked)
    around = readiness_clashes.around(work, checked)
    counted = readiness_counts.count(work, shown, (span.id for span in around))
    clashing = readiness_clashes.find(work, shown, around, counted.on_roster)
    return [
        Readiness(
            sitting=sitting,
            expected=counted.expected[sitting.id],
            time_zone=counted.zone(sitting.halls),
            missing=(missing := _missing(sitting, counted, clashing)),
            ready=not missing,
        )
        for sitting in shown
    ]


def _missing(
    sitting: SittingPublic, counted: readiness_counts.Counts, clashing: readiness_clashes.Clashing
) -> list[Missing]:
    found: list[Missing] = []

    def lacks(what: Lack, count: int, hall: str | None = None, students: list[str] | None = None) -> None:
        if count > 0:
            mend = _WHERE[what].format(sitting=sitting.id, hall=hall)
            found.append(Missing(what=what, count=count, hall=hall, students=(students or [])[:10], mend=mend))

    lacks("no_students", int(not counted.expected[sitting.id]))
    lacks("no_template", counted.without_template.get(sitting.id, 0))
    for hall in sitting.halls:
        place = (sitting.id, hall)
        capacity = counted.capacity.get(hall)
        lacks("no_plan", int(capacity is None), hall)
        lacks("no_seat", counted.without_seat.get(place, 0), hall)
        lacks("seats_short", clashing.people.get(place, 0) - capacity if capacity is not None else 0, hall)
        lacks("same_seat", len(clashing.same_seat.get(place, [])), hall, clashing.same_seat.get(place))
        lacks("seat_gone", counted.seat_gone[place], hall)
        lacks("no_kiosk", int(hall not in counted.with_kiosk), hall)
        lacks("no_invigilator", int(place not in counted.watched and (sitting.id, None) not in counted.watched), hall)
    twice = clashing.students.get(sitting.id, [])
    lacks("student_clash", len(twice), students=twice)
    lacks("invigilator_clash", clashing.invigilators.get(sitting.id, 0))
    lacks("look_alikes", clashing.look_alikes.get(sitting.id, 0))
    lacks("liveness_off", int(sitting.policy == "off"))
    return found
