"""How a durable stage works; a field of the section of each service that runs one."""

from pydantic import Field

from shared.settings import Section


class StageSection(Section):
    """Settings of `shared.worker.StageWorker`."""

    batch: int = Field(16, ge=1, description="Entries taken at once.")
    block_ms: int = Field(1000, ge=1, le=2000, description="How long one read waits for an entry.")
    deliveries_max: int = Field(5, ge=1, description="Times an entry is tried before it goes to the dead letters.")
    retry_s: float = Field(0.5, gt=0, description="Wait before the second try; it doubles with each.")
    reclaim_after_s: float = Field(
        3.0, gt=0, description="An entry left alone so long was a dead worker's: it is taken over."
    )
    reclaim_every_s: float = Field(0.5, gt=0, description="How often entries of dead workers are looked for.")
    backoff_max_s: float = Field(
        2.0, gt=0, description="Longest wait between tries while Redis or the database is away."
    )
    bugs_in_row_max: int = Field(
        3, ge=1, description="Different entries in a row that break the step, at which the worker stops."
    )
    dead_in_row_max: int = Field(
        20, ge=1, description="Dead letters in a row, after which the worker stops instead of making more."
    )
    dead_kept_days: float = Field(30, gt=0, description="Dead letters older than this are dropped.")
    tidy_every_s: float = Field(
        5.0, gt=0, description="How often acknowledged entries are trimmed and the lag is measured."
    )
