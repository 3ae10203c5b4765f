"""What the System page and its endpoint say of each part."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.api.examples import example_of

Level = Literal["good", "warn", "bad", "unneeded"]


class Part(BaseModel):
    """One part of the system."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"group": "services", "name": "recognizer", "level": "good", "code": "heard", "values": {}}]
        }
    )

    group: Literal["services", "streams", "cameras", "models", "stores"]
    name: str = Field(examples=["recognizer"])
    level: Level = Field(description="`unneeded`: it is not there, and something else does its work.")
    code: str = Field(description="What is to be said: `system.{code}` in the catalogues.", examples=["heard"])
    values: dict[str, str | int | float] = Field(default_factory=dict)


class SystemState(BaseModel):
    """How everything is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"parts": [example_of(Part)], "model_id": "Facenet512", "templates": 228}]}
    )

    parts: list[Part]
    model_id: str | None = Field(description="The network that enrolment began with.")
    templates: int
