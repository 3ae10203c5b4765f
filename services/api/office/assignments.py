"""Who watches over a sitting: an invigilator has all of its halls, or single ones."""

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select
from sqlmodel import delete as sql_delete

from services.api.auth import users
from services.api.db.tables import Assignment, Sitting, SittingHall, User
from services.api.office import sittings
from services.api.office.sitting_shapes import SittingPublic
from services.api.office.work import Facts, Work
from services.api.problems import not_found, unfit


class Invigilator(BaseModel):
    """Somebody who can be assigned."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user_id": 3, "name": "Ingrid Nilsen"}]})

    user_id: int
    name: str


class Watcher(BaseModel):
    """An invigilator of a sitting."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user_id": 3, "name": "Ingrid Nilsen", "halls": ["A"]}]})

    user_id: int
    name: str
    halls: list[str] | None = Field(description="null: all of the sitting's halls, also those to come.")


class Clash(BaseModel):
    """Somebody who would have to be in two places at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"user_id": 3, "name": "Ingrid Nilsen", "sitting_id": 1, "other_sitting_id": 2}]
        }
    )

    user_id: int
    name: str
    sitting_id: int
    other_sitting_id: int


def every(work: Work, sitting_id: int) -> list[Watcher]:
    """Return who watches over a sitting, by name.

    Raises:
        Problem: no such sitting.
    """
    sittings.get(work, sitting_id)
    query = (
        select(User, Assignment.hall_id)
        .join(Assignment, col(Assignment.user_id) == col(User.id))
        .where(Assignment.sitting_id == sitting_id)
        .order_by(col(User.display_name), col(User.id), col(Assignment.hall_id))
    )
    found: dict[int, Watcher] = {}
    for user, hall_id in work.session.exec(query):
        there = found.setdefault(user.id or 0, Watcher(user_id=user.id or 0, name=user.display_name, halls=[]))
        if hall_id is None or there.halls is None:
            there.halls = None
        else:
            there.halls.append(hall_id)
    return list(found.values())


def available(work: Work) -> list[Invigilator]:
    """Return everybody who can be assigned, by name."""
    query = select(User).where(User.role == "invigilator", col(User.active))
    rows = work.session.exec(query.order_by(col(User.display_name), col(User.id)))
    return [Invigilator(user_id=user.id or 0, name=user.display_name) for user in rows]


def assign(work: Work, sitting_id: int, user_id: int, hall_id: str | None = None) -> SittingPublic:
    """Let an invigilator watch over a sitting, or over one hall of it; again changes nothing.

    Whoever has the whole sitting has it instead of single halls, and the other way round.

    Raises:
        Problem: no such sitting or user, it is not in that hall, or the user is no invigilator.
    """
    sitting = sittings.get(work, sitting_id)
    user = users.get(work.session, user_id)
    if user.role != "invigilator":
        raise unfit("not_an_invigilator", f"User {user_id} is {user.role}; invigilators are assigned.", "user_id")
    if hall_id is not None and work.session.get(SittingHall, (sitting_id, hall_id)) is None:
        raise not_found(f"hall of sitting {sitting_id}", hall_id, "hall_id")
    there = work.session.exec(select(Assignment).where(*_of(sitting_id, user_id))).all()
    if hall_id not in {row.hall_id for row in there}:
        for row in there:
            if hall_id is None or row.hall_id is None:
                work.session.delete(row)
        work.session.flush()
        work.session.add(Assignment(user_id=user_id, sitting_id=sitting_id, hall_id=hall_id))
        _note(work, "sitting.assign", sitting_id, user_id, hall_id)
        work.session.flush()
    return sittings.shape(work, [sitting])[0]


def unassign(work: Work, sitting_id: int, user_id: int, hall_id: str | None = None) -> None:
    """Take an invigilator off a sitting, or off one hall of it.

    Raises:
        Problem: no such sitting.
    """
    sittings.get(work, sitting_id)
    where = _of(sitting_id, user_id) if hall_id is None else (*_of(sitting_id, user_id), Assignment.hall_id == hall_id)
    work.session.exec(sql_delete(Assignment).where(*where))
    _note(work, "sitting.unassign", sitting_id, user_id, hall_id)


def follow_move(work: Work, sitting_id: int, from_hall: str, to_hall: str) -> None:
    """Who watches over the hall that a sitting leaves, goes with it."""
    mine = select(Assignment).where(Assignment.sitting_id == sitting_id)
    rows = work.session.exec(mine).all()
    there = {row.user_id for row in rows if row.hall_id in (to_hall, None)}
    for row in rows:
        if row.hall_id == from_hall:
            if row.user_id in there:
                work.session.delete(row)
            else:
                row.hall_id = to_hall
                work.session.add(row)


def clashes(work: Work, sitting: Sitting) -> list[Clash]:
    """Return invigilators of a sitting who are needed in another hall at the same time."""
    mine = {(row.user_id, row.hall_id) for row in _rows(work, sitting.id or 0)}
    people = {user_id for user_id, _ in mine}
    query = (
        select(Assignment, User.display_name)
        .join(Sitting, col(Sitting.id) == Assignment.sitting_id)
        .join(User, col(User.id) == Assignment.user_id)
        .where(col(Assignment.user_id).in_(people), Assignment.sitting_id != sitting.id)
        .where(col(Sitting.state) != "cancelled")
        .where(col(Sitting.starts_at) < sitting.ends_at, col(Sitting.ends_at) > sitting.starts_at)
    )
    halls_of = {user_id: {hall for one, hall in mine if one == user_id} for user_id in people}
    return [
        Clash(user_id=row.user_id, name=name, sitting_id=sitting.id or 0, other_sitting_id=row.sitting_id)
        for row, name in work.session.exec(query)
        if row.hall_id is None or halls_of[row.user_id] != {row.hall_id}
    ]


def _rows(work: Work, sitting_id: int) -> list[Assignment]:
    return list(work.session.exec(select(Assignment).where(Assignment.sitting_id == sitting_id)))


def _of(sitting_id: int, user_id: int) -> tuple[bool, bool]:
    return Assignment.sitting_id == sitting_id, Assignment.user_id == user_id


def _note(work: Work, action: str, sitting_id: int, user_id: int, hall_id: str | None) -> None:
    facts: Facts = {"user": user_id, **({"hall": hall_id} if hall_id else {})}
    ways = {"before": facts} if action == "sitting.unassign" else {"after": facts}
    work.note(action, f"sitting:{sitting_id}", sitting_id=sitting_id, **ways)
