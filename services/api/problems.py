"""What a caller did wrong, as an exception that the web layer turns into `application/problem+json`."""

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field


class RowProblem(BaseModel):
    """One wrong row or field of what was sent."""

    where: str = Field(description="The field, or the line and column.", examples=["line 3, student_id"])
    code: str = Field(examples=["unknown_student"])
    message: str = Field(examples=["there is no student S9999"])
    values: dict[str, str] = Field(
        default_factory=dict,
        description="What the sentence in another language needs; `now` is what stands there, where it was changed.",
    )


class ProblemBody(BaseModel):
    """The shape of every error."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "not_found",
                    "message": "There is no student S0001.",
                    "where": "student_id",
                    "problems": [],
                    "values": {"key": "S0001"},
                }
            ]
        }
    )

    code: str = Field(description="For machines; never changes.")
    message: str = Field(description="For people: what happened, and what to do.")
    where: str | None = Field(None, description="The field or parameter that is wrong.")
    problems: list[RowProblem] = Field(
        default_factory=list, description="Every wrong row or field, where there are several."
    )
    values: dict[str, str] = Field(default_factory=dict, description="What the sentence in another language needs.")


class Problem(HTTPException):
    """Raised by office functions and the guard; carries its HTTP status, and the values of its sentence."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        where: str | None = None,
        problems: list[RowProblem] | None = None,
        headers: dict[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(status, message, headers)
        said = {name: str(value) for name, value in values.items()}
        self.body = ProblemBody(code=code, message=message, where=where, problems=problems or [], values=said)


def not_found(what: str, key: object, where: str | None = None) -> Problem:
    """404: there is no such thing."""
    return Problem(404, "not_found", f"There is no {what} {key}.", where, key=key)


def conflict(code: str, message: str, where: str | None = None, **values: object) -> Problem:
    """409: it would clash with what is there."""
    return Problem(409, code, message, where, None, None, **values)


def unfit(
    code: str, message: str, where: str | None = None, problems: list[RowProblem] | None = None, **values: object
) -> Problem:
    """422: it reads well and means something impossible."""
    return Problem(422, code, message, where, problems, None, **values)
