"""The models in use, and what each missing file disables, as the services that load them say."""

from collections.abc import Iterator

from redis import Redis

from services.api.office.system_shapes import Level, Part
from shared.models_told import MissingFile, ModelInUse, models_told

SERVICES = ("liveness", "recognizer", "enrolment")


def models_of(redis: "Redis") -> Iterator[Part]:
    """Yield what does each task and where, then the files that are not there."""
    used: dict[ModelInUse, set[str]] = {}
    missing: dict[str, MissingFile] = {}
    needed_by: dict[str, set[str]] = {}
    for service in SERVICES:
        for told in models_told(redis, service):
            lacking = {one.task for one in told.in_use if not one.model}
            for one in told.in_use:
                used.setdefault(one, set()).add(service)
            for file in told.missing:
                missing[file.name] = file
                needed_by.setdefault(file.name, set()).update({service} if file.task in lacking else ())
    faces = {one.model for one in used if one.task == "face" and one.model}
    for one in sorted(used, key=lambda one: (one.task, one.model, one.problem)):
        yield _in_use(one, sorted(used[one]), alone=one.task != "face" or len(faces) == 1)
    for name in sorted(missing):
        yield _missing(missing[name], sorted(needed_by[name]))


def _in_use(one: ModelInUse, services: list[str], *, alone: bool) -> Part:
    values: dict[str, str | int | float] = {"services": ", ".join(services), "problem": one.problem}
    if not one.model:
        return Part(group="models", name=one.task, level="bad", code=f"no_{one.task}", values=values)
    level: Level = "good" if alone else "warn"
    code = f"model_{one.task}" if alone else "model_face_differs"
    return Part(group="models", name=one.model, level=level, code=code, values=values)


def _missing(file: MissingFile, services: list[str]) -> Part:
    values: dict[str, str | int | float] = {"disables": file.disables, "services": ", ".join(services)}
    level: Level = "bad" if services else "unneeded"
    code = "file_missing" if services else "file_unneeded"
    return Part(group="models", name=file.name, level=level, code=code, values=values)
