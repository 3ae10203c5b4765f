"""Settings of `services.api`: the web part and ingest."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from services.api.db.engine import database_url
from shared.settings import CommonSettings, Section
from shared.stage_settings import StageSection


class MailSection(Section):
    """How mails leave the office."""

    outbox: Path | None = Field(
        None,
        description="Folder that mails are written to as .eml while no `host` is set. Default: `outbox` in `data_dir`.",
    )
    host: str = Field("", description="SMTP server. Without one, mails are files in `outbox`.")
    port: int = Field(587, ge=1, le=65535, description="SMTP port.")
    security: Literal["starttls", "ssl", "none"] = Field("starttls", description="How the SMTP link is encrypted.")
    user: str = Field("", description="SMTP user; none: no sign-in.")
    password: SecretStr | None = Field(None, description="SMTP password.")
    sender: str = Field("nero@localhost", description="The address that mails come from.")
    timeout_s: float = Field(20, gt=0, description="How long the SMTP server is waited for.")
    give_up_days: float = Field(3, gt=0, description="Days until a mail that the server does not take is given up.")


class ApiSection(Section):
    """The office's own settings."""

    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port of the web server; 0 takes a free one and logs it.")
    tls_cert: Path | None = Field(None, description="Certificate (PEM). With `tls_key`, the server speaks HTTPS only.")
    tls_key: Path | None = Field(None, description="Private key (PEM) of `tls_cert`.")
    behind_tls: bool = Field(False, description="A proxy in front speaks HTTPS: cookies are then sent over HTTPS only.")
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses, with commas, of the proxies whose word is taken for where a request comes from.",
    )
    language: str = Field("en", description="Language of pages and screens that nobody chose one for: `en`, `ms`.")
    capture_ws_url: str = Field(
        "", description="WebSocket of capture, for browsers' webcams. Default: the page's own host, `capture_ws_port`."
    )
    capture_ws_port: int = Field(
        8765, ge=1, le=65535, description="Capture's WebSocket port, where `capture_ws_url` is not set."
    )
    session_hours: float = Field(12, gt=0, description="Hours until a sign-in ends by itself.")
    session_idle_hours: float = Field(2, gt=0, description="Hours without a request until a sign-in ends by itself.")
    sign_in_per_minute: int = Field(5, ge=1, description="Sign-in attempts a minute for one name from one address.")
    sign_in_per_minute_address: int = Field(30, ge=1, description="Sign-in attempts a minute from one address.")
    numbers_per_minute: int = Field(12, ge=1, description="Student numbers a minute that one kiosk takes.")
    pairing_min: float = Field(10, gt=0, le=60, description="How long the code on a screen that is paired is good for.")
    pairings_per_minute: int = Field(30, ge=1, description="Pairing codes a minute for screens at one address.")
    number_waits_s: float = Field(
        8, gt=0, lt=30, description="A typed number that no face came with after this goes to the invigilator."
    )
    max_body_bytes: int = Field(1_000_000, ge=1_000, description="Largest request body, uploads apart.")
    max_import_bytes: int = Field(20_000_000, ge=1_000, description="Largest roster file.")
    max_archive_bytes: int = Field(2_000_000_000, ge=100_000, description="Largest archive of photos, packed.")
    max_archive_unpacked_bytes: int = Field(
        4_000_000_000, ge=100_000, description="Largest archive of photos, unpacked."
    )
    max_archive_files: int = Field(20_000, ge=10, description="Files in one archive of photos.")
    bulk_window: int = Field(
        64, ge=1, le=1_000, description="Photos of a bulk enrolment that wait in the enrolment queue at once."
    )
    bulk_patience_s: float = Field(
        300, gt=0, description="A bulk enrolment whose worker answers nothing for so long stops, and says so."
    )
    max_photo_bytes: int = Field(8_000_000, ge=10_000, description="Largest enrolment photo, in bytes.")
    max_photo_pixels: int = Field(40_000_000, ge=10_000, description="Largest enrolment photo, in pixels.")
    max_photos: int = Field(5, ge=1, le=20, description="Photos in one enrolment.")
    enrolment_photo_kept_s: int = Field(
        86_400, ge=60, description="Seconds that a sealed photo waits in Redis for the enrolment worker."
    )
    enrolment_bases: tuple[str, ...] = Field(
        ("consent", "public_task", "contract"),
        min_length=1,
        description="Legal bases that an enrolment can state (JSON).",
    )
    consent_text_version: str = Field(
        "1", min_length=1, max_length=64, description="Version of the text that people are told before an enrolment."
    )
    public_url: str = Field(
        "",
        description="Address by which people reach this office, for links in mails, `https://nero.example.org`. "
        "Default: the web server's own.",
    )
    mail: MailSection = MailSection()
    enrol_link_days: float = Field(14, gt=0, description="Days until a link to enrol oneself, or to practise, ends.")
    practice_minutes: float = Field(10, gt=0, le=60, description="Minutes that one practice lasts at most.")
    practice_at_once: int = Field(
        4, ge=0, le=99, description="Students who can practise at the same time; 0: nobody can."
    )
    practice_node: str = Field("local", description="The capture node that takes the webcams of who practises.")
    live_poll_s: float = Field(
        0.2, gt=0, description="Seconds between two looks for changes of a sitting that is watched."
    )

    repeat_interval_s: float = Field(
        10, ge=0, description="The same person at the same kiosk within this time gets the verdict before, again."
    )
    unknown_again_min: float = Field(
        3, ge=0, description="Somebody unknown who comes again to a hall within this time joins the case that is open."
    )
    other_door_min: float = Field(
        10, ge=0, description="Already in, and at another door within this time: a case for the invigilator."
    )
    in_play_before_opens_min: float = Field(
        60, ge=0, description="A sitting is in play from this long before its check-in opens until its end."
    )
    back_by_min: float = Field(10, gt=0, description="How long a student may be out; the exit screen says until when.")
    outcome_hold_s: float = Field(8, gt=0, description="How long a verdict stays on the kiosk's screen at most.")
    capture_delay_max_s: float = Field(
        10, gt=0, description="A frame's time further than this behind the broker's receipt is a wrong clock: clamped."
    )
    capture_ahead_max_s: float = Field(
        1, ge=0, description="A frame's time further than this ahead of the broker's receipt is a wrong clock: clamped."
    )
    schedule_days: float = Field(
        2, gt=0, description="The schedule that kiosks follow reaches this far ahead, and one day back."
    )
    job_days: float = Field(7, gt=0, description="Days that the files of reports and imports can be fetched for.")
    evidence_days: float = Field(30, gt=0, description="Evidence crops of attempts are deleted after this.")
    audit_head: Path | None = Field(
        None,
        description="The file that the audit chain's head is anchored in. Default: `audit-head.json` in `data_dir`.",
    )
    stage: StageSection = StageSection()


class ApiSettings(CommonSettings):
    """What the API's processes read."""

    database_url: str | None = Field(
        None, description="The office's database, `sqlite:///PATH` or `postgresql://…`. Default: SQLite in `data_dir`."
    )
    admin_password_hash: str | None = Field(
        None,
        description="An argon2id hash for the first account, `admin`. Default: the first run prints a one-time password.",
    )
    api: ApiSection = ApiSection()

    @property
    def database(self) -> str:
        """The database's URL: the one that was set, else a SQLite file in the data folder."""
        return database_url(self.database_url, self.data_dir)

    @property
    def audit_head(self) -> Path:
        """Where the audit chain's head is anchored."""
        return self.api.audit_head or self.data_dir / "audit-head.json"
