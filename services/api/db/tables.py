"""Every table, in one place to import from; they are declared by theme beside this file."""

from sqlmodel import SQLModel

from services.api.db import sealed  # noqa: F401 - what it refuses, it refuses every session
from services.api.db.attendance import Amendment, Attempt, Difference, Evidence, Review, Seal
from services.api.db.enrolling import (
    Mail,
    PracticeResult,
    PracticeSession,
    ProposedPhoto,
    StudentLink,
    Submission,
)
from services.api.db.exams import Exam, Hall, HallMove, Kiosk, RosterEntry, Sitting, SittingHall
from services.api.db.handover import Handover
from services.api.db.office import (
    ApiToken,
    Assignment,
    AuditEntry,
    Counter,
    Job,
    JobPart,
    Outbox,
    Setting,
    User,
    UserSession,
)
from services.api.db.pairing import KioskPairing
from services.api.db.people import (
    Accommodation,
    Admission,
    Consent,
    LookAlikePair,
    Photo,
    Student,
    StudentKey,
    Template,
)

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "Accommodation",
    "Admission",
    "Amendment",
    "ApiToken",
    "Assignment",
    "Attempt",
    "AuditEntry",
    "Consent",
    "Counter",
    "Difference",
    "Evidence",
    "Exam",
    "Hall",
    "HallMove",
    "Handover",
    "Job",
    "JobPart",
    "Kiosk",
    "KioskPairing",
    "LookAlikePair",
    "Mail",
    "Outbox",
    "Photo",
    "PracticeResult",
    "PracticeSession",
    "ProposedPhoto",
    "Review",
    "RosterEntry",
    "Seal",
    "Setting",
    "Sitting",
    "SittingHall",
    "Student",
    "StudentKey",
    "StudentLink",
    "Submission",
    "Template",
    "User",
    "UserSession",
]
