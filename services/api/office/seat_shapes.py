"""What is sent and shown of the seats of one hall at one sitting."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.api.examples import example_of
from services.api.office.halls import HallPublic
from services.api.office.students import StudentNumber

How = Literal["id", "random", "spaced"]


class SitterPublic(BaseModel):
    """Somebody who writes in this hall at that time, seated or not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sitting_id": 1,
                    "exam_id": 1,
                    "exam_code": "MATH-201",
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "table": "C-14",
                    "row": 3,
                    "col": 14,
                    "seat_need": "",
                    "has_checked_in": False,
                    "version": 1,
                }
            ]
        }
    )

    sitting_id: int
    exam_id: int
    exam_code: str
    student_id: str
    name: str
    table: str
    row: int | None = Field(description="null: no seat, or a table that the plan doesn't show.")
    col: int | None
    seat_need: str
    has_checked_in: bool = Field(description="Generated seats never move them.")
    version: int


class HallSeats(BaseModel):
    """One hall's plan, and everybody in it during one sitting."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"sitting_id": 1, "hall": example_of(HallPublic), "people": [example_of(SitterPublic)], "others": []}
            ]
        }
    )

    sitting_id: int
    hall: HallPublic
    people: list[SitterPublic] = Field(description="Of this sitting, seated or not.")
    others: list[SitterPublic] = Field(description="Of other sittings here at the same time.")


class SeatsWish(BaseModel):
    """How to give seats out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"how": "spaced", "together": True}]})

    how: How = Field("id", description="`id`: by number; `random`; `spaced`: none of one exam are neighbours.")
    seed: int | None = Field(None, ge=0, lt=2**31, description="Of `random`; one is drawn and said where left out.")
    keep_seated: bool = Field(False, description="Only those without a seat get one.")
    together: bool = Field(
        True, description="`spaced` only: all sittings in this hall at that time are seated anew, not just this one."
    )


class PlaceProposed(BaseModel):
    """A seat for one student."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sitting_id": 1,
                    "student_id": "S0001",
                    "name": "Ada Lovelace",
                    "row": 3,
                    "col": 14,
                    "table": "C-14",
                    "was": "",
                    "version": 1,
                }
            ]
        }
    )

    sitting_id: int
    student_id: str
    name: str
    row: int
    col: int
    table: str
    was: str = Field(description="The table until now; empty: none.")
    version: int = Field(description="Give it back with the place: another one there is a conflict.")


class NotMet(BaseModel):
    """What somebody needs and could not be given; a person has to look."""

    student_id: str
    name: str
    seat_need: str
    why: Literal["taken", "by_hand"] = Field(
        description="`taken`: no such seat was left; `by_hand`: the plan does not know what is meant."
    )


class Proposal(BaseModel):
    """Seats as they could be given out; nothing is changed yet."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "how": "spaced",
                    "seed": None,
                    "places": [example_of(PlaceProposed)],
                    "unchanged": 0,
                    "unseated": [],
                    "not_met": [],
                    "neighbours": [],
                    "neighbour_pairs": 0,
                }
            ]
        }
    )

    how: How
    seed: int | None
    places: list[PlaceProposed] = Field(description="Only those that would change.")
    unchanged: int
    unseated: list[str] = Field(description="Students for whom there is no seat.")
    not_met: list[NotMet]
    neighbours: list[tuple[str, str]] = Field(
        description="Students of one exam who sit beside each other; at most 200."
    )
    neighbour_pairs: int = Field(description="How many such pairs there are.")


class PlaceSet(BaseModel):
    """One student's new place. Without a row and a column they have no seat on the plan."""

    model_config = ConfigDict(extra="forbid")

    student_id: StudentNumber
    sitting_id: int | None = Field(None, ge=1, lt=2**31, description="Where it is not the path's.")
    row: int | None = Field(None, ge=1, le=200)
    col: int | None = Field(None, ge=1, le=200)
    table: str = Field(
        "", max_length=64, description="A table that the plan doesn't show; only without row and column."
    )
    version: int = Field(description="The version of the roster entry that was seen.")


class SeatsPut(BaseModel):
    """Places to be set: all of them, or with any wrong one none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"places": [{"student_id": "S0001", "row": 3, "col": 14, "version": 1}]}]},
    )

    places: list[PlaceSet] = Field(max_length=50_000)
    how: How | None = Field(None, description="For the audit log: how they were generated.")
    seed: int | None = Field(None, ge=0, lt=2**31, description="For the audit log.")


class SeatsSummary(BaseModel):
    """What was changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"changed": 1, "unchanged": 239}]})

    changed: int
    unchanged: int
