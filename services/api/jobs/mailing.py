"""The jobs that make links and send what waits: each mail is written down as sent before the next one goes."""

from typing import cast

from services.api.jobs.run import JobRun
from services.api.office import invitations, mail
from services.api.office.links import Purpose
from services.api.office.mail_post import Post, post_of
from shared import metrics
from shared.errors import Invalid, Transient

_LINKS_AT_ONCE = 100
_ENOUGH = 3
"""So many failures in a row, and the server is away: the others wait for the next run."""


def send_mails(run: JobRun, post: Post | None = None) -> dict[str, object]:
    """Send every mail that is due. What the server does not take now waits for the next run."""
    post = post or post_of(run.tools.api.mail, run.tools.data_dir)
    with run.reading() as work:
        total = mail.count_due(work)
    results: list[str] = []
    try:
        while taken := _take(run):
            for at, one in enumerate(taken):
                results.append(_send(run, post, one))
                run.progress(min(total, len(results)), total)
                if results[-_ENOUGH:] == ["waiting"] * _ENOUGH:
                    _put_back(run, taken[at + 1 :])
                    return _counted(results)
    finally:
        post.close()
    return _counted(results)


def invite(run: JobRun) -> dict[str, object]:
    """Make a link for each student, some at a time, then send the mails; run again, it makes no second one."""
    purpose = cast(Purpose, run.params["purpose"])
    student_ids = cast("list[str]", run.params["student_ids"])
    for first in range(0, len(student_ids), _LINKS_AT_ONCE):
        with run.writing() as work:
            invitations.write_links(work, run.job_id, purpose, student_ids[first : first + _LINKS_AT_ONCE])
        run.progress(first, len(student_ids))
    return {"invited": len(student_ids), **send_mails(run)}


def _counted(results: list[str]) -> dict[str, object]:
    return {state: results.count(state) for state in ("sent", "waiting", "failed")}


def _take(run: JobRun) -> list[mail.Taken]:
    with run.writing() as work:
        return mail.take(work)


def _put_back(run: JobRun, untried: list[mail.Taken]) -> None:
    with run.writing() as work:
        mail.put_back(work, [one.id for one in untried])


def _send(run: JobRun, post: Post, one: mail.Taken) -> str:
    try:
        post.send(one)
    except (Invalid, Transient) as error:
        for_good = isinstance(error, Invalid)
        with run.writing() as work:
            mail.not_sent(work, one.id, str(error), for_good=for_good)
        result = "failed" if for_good else "waiting"
    else:
        with run.writing() as work:
            mail.sent(work, one.id)
        result = "sent"
    metrics.MAILS.labels(result).inc()
    return result
