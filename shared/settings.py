"""Settings: environment (`NERO_…`, `__` for nesting) over `.env` over `nero.toml` over defaults.

What every process shares stands here; each service adds its own section in its `settings.py`:

    class CaptureSettings(CommonSettings):
        capture: CaptureSection = CaptureSection()

    settings = load(CaptureSettings)
"""

import difflib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

SECTIONS = ("capture", "liveness", "recognizer", "api", "launcher")
"""Every service's section, so that a process can tell another's setting from a mistyped one."""

ELSEWHERE = ("database_url", "admin_password_hash")
"""Settings outside any section that only some processes read: on one machine all see the same environment."""


class Section(BaseModel):
    """A service's own settings: a name that it does not have is a mistake, and stops the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CommonSettings(BaseSettings):
    """What every process reads."""

    model_config = SettingsConfigDict(
        env_prefix="NERO_",
        env_nested_delimiter="__",
        env_file=".env",
        toml_file="nero.toml",
        extra="ignore",
        frozen=True,
    )

    redis_url: str = Field(
        "redis://127.0.0.1:6379/0", description="The events Redis: streams that must not be lost, leases, views."
    )
    frames_redis_url: str | None = Field(
        None,
        description="The frames Redis: frames, prompts, outcomes; never persisted. Default: the events Redis, with a warning.",
    )
    data_dir: Path = Field(
        Path("var/data"), description="Where the embedded default keeps its database and Redis files."
    )
    keys_dir: Path = Field(Path("var/keys"), description="Key rings, mode 0600, apart from the data.")
    models_dir: Path = Field(
        Path("~/.cache/nero/models"), description="The cache of model files; `nero models pull` fills it."
    )
    models_mirror: Path | None = Field(
        None, description="A folder that model files are taken from before any download."
    )
    node: str = Field(
        "local", description="This machine's name; a kiosk's `capture_node` names the one that opens its camera."
    )
    metrics_host: str = Field("127.0.0.1", description="Address of `/metrics` and `/health`.")
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port of `/metrics` and `/health`; 0 takes a free one and logs it."
    )
    log_format: Literal["console", "json"] = Field("console", description="How log lines are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    accept_simulated: bool = Field(
        False,
        description="Whether simulated people (demo, rehearsal, benchmark, tests) may be admitted. Never in an exam.",
    )

    @property
    def frames_url(self) -> str:
        """The frames Redis, or the events one where none is set."""
        return self.frames_redis_url or self.redis_url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings calls it by name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over `.env` over `nero.toml` over defaults."""
        return (init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls))


S = TypeVar("S", bound=CommonSettings)
_PREFIX = "NERO_"


def load(settings_class: type[S], **given: Any) -> S:
    """Read the settings, or stop the process with one clear line for each wrong one."""
    named = {name: name[len(_PREFIX) :] for name in (*os.environ, *_dotenv(settings_class)) if _is_ours(name)}
    problems = _unknown(settings_class, named)
    settings = None
    try:
        in_file = TomlConfigSettingsSource(settings_class)()
        problems += _unknown(settings_class, {f"nero.toml, {name}": name for name in in_file})
        settings = settings_class(**given)
    except ValidationError as error:
        problems += [_line(problem) for problem in error.errors()]
    except ValueError as error:  # nero.toml that is not TOML
        problems.append(f"nero.toml: {error}")
    if problems or settings is None:
        print("\n".join(f"nero: wrong setting: {problem}" for problem in problems), file=sys.stderr)
        raise SystemExit(2)
    return settings


def _line(problem: Mapping[str, Any]) -> str:
    name = "NERO_" + "__".join(str(part).upper() for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    return f"{name}={problem['input']!r}: {problem['msg']}"


def _is_ours(name: str) -> bool:
    return name.upper().startswith(_PREFIX) and name.upper() not in OUTSIDE_SETTINGS


def _unknown(settings_class: type[CommonSettings], names: Mapping[str, str]) -> list[str]:
    """Say which of these names, given as they are said and without their prefix, no process has."""
    known = {*settings_class.model_fields, *CommonSettings.model_fields, *SECTIONS, *ELSEWHERE}
    wrong = []
    for said, name in names.items():
        top = name.lower().split("__")[0]
        if top not in known:
            near = difflib.get_close_matches(top, known, n=1)
            mine = said.removesuffix(name) + (near[0].upper() if name.isupper() else near[0]) if near else ""
            wrong.append(f"{said}: there is no such setting{f' (did you mean {mine}?)' if near else ''}")
    return wrong


OUTSIDE_SETTINGS = frozenset(
    {"NERO_REQUIRE", "NERO_SHARED", "NERO_FAULTS", "NERO_TEST_PROCESSES", "NERO_CHROMIUM", "NERO_EVERY_CLIP"}
)
"""Variables that the tests read, and no service does."""


def _dotenv(settings_class: type[CommonSettings]) -> dict[str, str | None]:
    source = DotEnvSettingsSource(settings_class, env_file=".env")
    return dict(source.env_vars) if Path(".env").exists() else {}
