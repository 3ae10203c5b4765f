"""Every kind of job there is. A new one: a function here, by the name that `office.jobs.ask` is given."""

from collections.abc import Callable, Mapping

from services.api.jobs import bulk_enrolment, imports, mailing, reports
from services.api.jobs.run import JobRun

Result = dict[str, object]
Kind = Callable[[JobRun], Result]
"""Does the job; returns what its row shows (numbers and ids, no names)."""

KINDS: Mapping[str, Kind] = {
    "bulk_enrolment": bulk_enrolment.enrol,
    "import": imports.preview,
    "import_apply": imports.apply,
    "invite": mailing.invite,
    "mail": mailing.send_mails,
    "report": reports.make,
}
