"""What an invigilator takes to the hall on paper: the plan, the list for the door, the sheet for when nothing works."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from services.api.db.tables import Exam, Hall, Sitting
from services.api.office import attendance, exams, seat_labels, seats, sittings
from services.api.office.attendance import RosterStatus
from services.api.office.seating import Plan
from services.api.office.seats import Person
from services.api.office.work import Work
from services.api.paper import TICK, TICKED, Column, Paper
from services.api.paper.plan import Box, SeatsDrawn, tiles
from services.api.words import Words

NAME_SIZE = 15.0
"""Read from a metre away, at a door."""
PaperKind = Literal["seating-plan", "door-list", "paper-sheet"]
Print = Callable[[Work, Words, int, str], bytes]


def seating_plan(work: Work, words: Words, sitting_id: int, hall_id: str) -> bytes:
    """Return the hall's plan with its seats; other exams' seats are said, without their names.

    Raises:
        Problem: no such sitting, or it is not in this hall.
    """
    hall, sitting = seats.hall_of(work, sitting_id, hall_id), sittings.get(work, sitting_id)
    paper = _paper(work, words, sitting, hall, "print.plan", wide=(hall.columns or 0) > 7)
    people = seats.people_of(work, sitting, hall_id)
    plan = seats.drawn(hall)
    if plan is None:
        paper.text(words.say("print.no_plan"))
    else:
        paper.text(words.say("print.front"), 9, grey=True)
        boxes = {seat: Box(seat_labels.label(*seat)) for seat in plan.seats()}
        boxes |= {seat: Box("", blocked=True) for seat in plan.blocked}
        for person in people:
            seat = seats.seat_of(person.entry, plan)
            if seat is not None:
                boxes[seat] = _box(person, sitting_id, seat)
        room = paper.height - 40
        for number, tile in enumerate(tiles(plan.rows, plan.columns, paper.width, room)):
            if number:
                paper.page_break()
            paper.add(SeatsDrawn(tile, boxes, room))
    _say_unseated(paper, words, [one for one in people if one.entry.sitting_id == sitting_id], plan)
    return paper.pdf()


def door_list(work: Work, words: Words, sitting_id: int, hall_id: str) -> bytes:
    """Return everybody of one hall by name, large, with their table.

    Raises:
        Problem: no such sitting, or it is not in this hall.
    """
    hall, sitting = seats.hall_of(work, sitting_id, hall_id), sittings.get(work, sitting_id)
    paper = _paper(work, words, sitting, hall, "print.door")
    rows = sorted(_roster(work, sitting_id, hall_id), key=by_name)
    columns = [
        Column(words.say("print.name"), 5, size=NAME_SIZE),
        Column(words.say("print.number"), 2),
        Column(words.say("print.table"), 1.6, size=NAME_SIZE, bold=True),
    ]
    paper.table(columns, [(row.name, row.student_id, row.table) for row in rows], size=11)
    paper.text(words.say("print.count", count=len(rows)), 9, grey=True)
    return paper.pdf()


def paper_sheet(work: Work, words: Words, sitting_id: int, hall_id: str) -> bytes:
    """Return the sheet to go on with when nothing works: a box, the time and the signature for each.

    Who has checked in by now is ticked off in words, so that the sheet goes on where the machine stopped.

    Raises:
        Problem: no such sitting, or it is not in this hall.
    """
    hall, sitting = seats.hall_of(work, sitting_id, hall_id), sittings.get(work, sitting_id)
    paper = _paper(work, words, sitting, hall, "print.sheet")
    zone = ZoneInfo(hall.time_zone)
    late_after, closes_at = (f"{at.astimezone(zone):%H:%M}" for at in (sitting.late_after, sitting.closes_at))
    paper.text(words.say("print.sheet.how", late=late_after, closes=closes_at), 9.5)
    rows = sorted(_roster(work, sitting_id, hall_id), key=by_name)
    columns = [
        Column("", 0.55),
        Column(words.say("print.name"), 4.2, size=NAME_SIZE),
        Column(words.say("print.number"), 1.7),
        Column(words.say("print.table"), 1.1, bold=True),
        Column(words.say("print.time"), 1.2),
        Column(words.say("print.signature"), 2.3),
    ]
    paper.table(columns, [_sheet_row(row, words, zone) for row in rows], size=11, row_height=31)
    paper.text(words.say("print.sheet.spare"), 9.5, bold=True)
    paper.table(columns, [(TICK, "", "", "", "", "")] * 6, size=11, row_height=31)
    paper.sign_here(words.say("print.invigilator"), words.say("print.when"))
    return paper.pdf()


PRINTS: dict[PaperKind, Print] = {"seating-plan": seating_plan, "door-list": door_list, "paper-sheet": paper_sheet}


def by_name(row: RosterStatus) -> tuple[str, str]:
    """Sort as one looks for a name: without case and accents."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", row.name) if not unicodedata.combining(one))
    return plain.casefold(), row.student_id


def about(words: Words, sitting: Sitting, exam: Exam, hall: Hall) -> str:
    """Say what a paper is about: exam, hall, day and time there."""
    start, end = (at.astimezone(ZoneInfo(hall.time_zone)) for at in (sitting.starts_at, sitting.ends_at))
    when = f"{words.day(start)}, {start:%H:%M}–{end:%H:%M}"
    return f"{exam.code} {exam.subject} · {hall.name or hall.id} · {when}"


def _paper(work: Work, words: Words, sitting: Sitting, hall: Hall, title: str, *, wide: bool = False) -> Paper:
    exam = exams.get(work, sitting.exam_id)
    said = about(words, sitting, exam, hall)
    return Paper(words, title=words.say(title), about=said, printed_at=work.now, zone=hall.time_zone, wide=wide)


def _roster(work: Work, sitting_id: int, hall_id: str) -> list[RosterStatus]:
    return [row for row in attendance.roster(work, sitting_id) if row.hall == hall_id]


def _box(person: Person, sitting_id: int, seat: tuple[int, int]) -> Box:
    label = seat_labels.label(*seat)
    if person.entry.sitting_id != sitting_id:
        return Box(label, name=person.exam.code, grey=True)
    return Box(label, name=person.name, number=person.entry.student_id)


def _say_unseated(paper: Paper, words: Words, people: Sequence[Person], plan: Plan | None) -> None:
    off = [person for person in people if seats.seat_of(person.entry, plan) is None]
    if not off:
        return
    paper.heading(words.say("print.off_plan", count=len(off)))
    columns = [
        Column(words.say("print.name"), 4),
        Column(words.say("print.number"), 2),
        Column(words.say("print.table")),
    ]
    paper.table(columns, [(one.name, one.entry.student_id, one.entry.table_label) for one in off], size=11)


def _sheet_row(row: RosterStatus, words: Words, zone: ZoneInfo) -> tuple[str, ...]:
    is_in = row.status in ("present", "late", "out") and row.at is not None
    time = f"{words.say('print.is_in')} {row.at.astimezone(zone):%H:%M}" if is_in and row.at else ""
    return (TICKED if is_in else TICK, row.name, row.student_id, row.table, time, "")
