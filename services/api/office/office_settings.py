"""What is set for the whole office and has to be known to work with it. Nothing of it is secret."""

from pydantic import BaseModel, ConfigDict, Field

from services.api import words
from services.api.office import links
from services.api.office.work import Work


class OfficeSettings(BaseModel):
    """What is set: an API client draws the same forms with it as the office's own pages."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "public_address": "https://nero.example.org",
                    "languages": ["en", "ms"],
                    "language": "en",
                    "enrolment_bases": ["consent", "public_task", "contract"],
                    "consent_text_version": "2026-09",
                    "max_photos": 5,
                    "max_photo_bytes": 8_000_000,
                    "max_photo_pixels": 40_000_000,
                    "max_import_bytes": 20_000_000,
                    "max_archive_bytes": 2_000_000_000,
                    "max_archive_files": 20_000,
                    "job_days": 7,
                    "enrol_link_days": 14,
                    "mails_leave": True,
                }
            ]
        }
    )

    public_address: str = Field(description="Where people reach this office: links in mails begin with it.")
    languages: tuple[str, ...] = Field(description="Of pages, kiosks and mails.")
    language: str = Field(description="Of who has chosen none.")
    enrolment_bases: tuple[str, ...] = Field(description="Legal bases that an enrolment can state.")
    consent_text_version: str = Field(description="Version of the text that people are told before an enrolment.")
    max_photos: int = Field(description="Photos in one enrolment.")
    max_photo_bytes: int
    max_photo_pixels: int
    max_import_bytes: int = Field(description="Of a roster or a timetable.")
    max_archive_bytes: int = Field(description="Of an archive of photos, packed.")
    max_archive_files: int
    job_days: float = Field(description="Days that the files of reports and imports can be fetched for.")
    enrol_link_days: float = Field(description="Days until a link to enrol oneself, or to practise, ends.")
    mails_leave: bool = Field(description="Mails are sent by SMTP; else they are written into a folder.")


def of(work: Work) -> OfficeSettings:
    """Return what is set."""
    api = work.api
    named = OfficeSettings.model_fields.keys() & type(api).model_fields.keys()
    return OfficeSettings(
        **{name: getattr(api, name) for name in named},
        public_address=links.site(work),
        languages=words.languages(),
        mails_leave=bool(api.mail.host),
    )
