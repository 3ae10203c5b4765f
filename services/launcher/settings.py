"""Settings of the launcher: what runs on this one machine, and how patiently it is watched."""

from pathlib import Path

from pydantic import Field

from shared.settings import CommonSettings, Section


class LauncherSection(Section):
    """What `nero up`, `nero demo` and `nero rehearse` read."""

    liveness_processes: int = Field(
        0,
        ge=0,
        le=256,
        description="Liveness workers of `nero up`; 0: one per core, up to the number of cores minus one.",
    )
    recognizer_processes: int = Field(1, ge=1, le=64, description="Recognizer workers of `nero up`.")
    ready_s: float = Field(120, gt=0, description="Seconds in which every process must be ready after its start.")
    stop_s: float = Field(15, gt=0, description="Seconds that a process has to end by itself before it is ended.")
    frames_redis_mb: int = Field(512, ge=64, description="Memory of the embedded frames Redis, in megabytes.")
    tls_dir: Path = Field(
        Path("var/tls"), description="Where `nero up --tls` keeps its authority and certificate, apart from the data."
    )
    tls_names: tuple[str, ...] = Field(
        (), description="More names and addresses that the certificate of `nero up --tls` is for."
    )


class LauncherSettings(CommonSettings):
    """Common settings and the launcher's own."""

    admin_password_hash: str | None = Field(
        None,
        description="An argon2id hash for the first account, `admin`. Default: the first run prints a one-time password.",
    )
    database_url: str | None = Field(
        None, description="`postgresql://…` or `sqlite:///PATH`. Default: a SQLite file in `data_dir`."
    )
    launcher: LauncherSection = LauncherSection()
