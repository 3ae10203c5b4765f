"""Self-enrolment as the office sees it: invitations, links, what was handed in, and the mails."""

from typing import Annotated

from fastapi import Path, Query, Response

from services.api.office import approvals, invitations, jobs, links, mail, photos, practice
from services.api.office.approvals import Refusal, Refused, SubmissionPublic
from services.api.office.invitations import Addressees, InvitationCreate, Invited
from services.api.office.links import LinkPublic, Purpose, Resent
from services.api.office.mail import MailPublic
from services.api.office.paging import Limit
from services.api.office.photos import EnrolmentAsked
from services.api.office.practice import PracticePublic
from services.api.web.deps import CallerDep, Deps, DepsDep
from services.api.web.routing import photo_answer
from services.api.web.routing import router as make_router

router = make_router("self-enrolment")
LinkId = Annotated[int, Path(ge=1, lt=2**31)]
SubmissionId = Annotated[int, Path(ge=1, lt=2**31)]


@router.post("/invitations/preview")
def preview_invitation(sent: InvitationCreate, deps: DepsDep, caller: CallerDep) -> Addressees:
    """Return whom an invitation would reach, and who has no address; nothing is sent."""
    with deps.reading(caller) as work:
        return invitations.addressees(work, sent)


@router.post("/invitations", status_code=202)
def invite_students(sent: InvitationCreate, deps: DepsDep, caller: CallerDep) -> Invited:
    """Mail each of these students a link of their own. The job's progress stands at `/jobs/{job_id}`."""
    with deps.writing(caller) as work:
        invited = invitations.invite(work, sent)
    _hand_over(deps, caller, invited.job_id)
    return invited


@router.get("/links")
def list_links(
    deps: DepsDep,
    caller: CallerDep,
    purpose: Purpose | None = None,
    student_id: Annotated[str | None, Query(max_length=64)] = None,
    open_only: bool = False,
    limit: Limit = 200,
) -> list[LinkPublic]:
    """Return the links that students were sent, newest first."""
    with deps.reading(caller) as work:
        return links.find(work, purpose, student_id, open_only=open_only, limit=limit)


@router.post("/links/{link_id}/resend", status_code=202)
def resend_link(link_id: LinkId, deps: DepsDep, caller: CallerDep) -> Resent:
    """Mail a new link in place of this one; the old one opens nothing any more."""
    with deps.writing(caller) as work:
        resent = links.resend(work, link_id)
    _hand_over(deps, caller, resent.job_id)
    return resent


@router.delete("/links/{link_id}", status_code=204)
def revoke_link(link_id: LinkId, deps: DepsDep, caller: CallerDep) -> None:
    """End a link."""
    with deps.writing(caller) as work:
        links.revoke(work, link_id)


@router.get("/mails")
def list_mails(
    deps: DepsDep, caller: CallerDep, state: mail.State | None = None, limit: Limit = 100
) -> list[MailPublic]:
    """Return mails, newest first, without what stands in them."""
    with deps.reading(caller) as work:
        return mail.find(work, state, limit)


@router.get("/practice")
def list_practice(
    deps: DepsDep, caller: CallerDep, result: practice.Result | None = None, limit: Limit = 200
) -> list[PracticePublic]:
    """Return how each student's last practice went; `weak` ones need a better photo."""
    with deps.reading(caller) as work:
        return practice.results(work, result, limit)


@router.get("/submissions")
def list_submissions(
    deps: DepsDep, caller: CallerDep, state: approvals.State = "submitted", limit: Limit = 100
) -> list[SubmissionPublic]:
    """Return what students handed in, the one that waits longest first."""
    with deps.reading(caller) as work:
        return approvals.find(work, state, limit)


@router.get("/submissions/{submission_id}")
def get_submission(submission_id: SubmissionId, deps: DepsDep, caller: CallerDep) -> SubmissionPublic:
    """Return one submission, beside the record."""
    with deps.reading(caller) as work:
        return approvals.show(work, submission_id)


@router.get("/submissions/{submission_id}/photos/{photo_id}", response_class=Response, responses=photo_answer())
def get_submitted_photo(
    submission_id: SubmissionId, photo_id: Annotated[str, Path(max_length=64)], deps: DepsDep, caller: CallerDep
) -> Response:
    """Return a photo that was handed in and is not decided yet."""
    with deps.reading(caller) as work:
        photo = approvals.photo(work, submission_id, photo_id)
    return Response(photo.data, media_type=photo.content_type)


@router.post("/submissions/{submission_id}/approve", status_code=202)
def approve_submission(submission_id: SubmissionId, deps: DepsDep, caller: CallerDep) -> EnrolmentAsked:
    """Make the photos the student's own, and enrol them. Its result stands at `/students/{student_id}/enrolment`."""
    with deps.writing(caller) as work:
        asked = approvals.approve(work, submission_id)
    with deps.reading(caller) as work:
        photos.try_hand_over(work, asked)
    return asked


@router.post("/submissions/{submission_id}/refuse")
def refuse_submission(submission_id: SubmissionId, sent: Refusal, deps: DepsDep, caller: CallerDep) -> Refused:
    """Say why not: the photos go, and the student is mailed the reason with a new link."""
    with deps.writing(caller) as work:
        refused = approvals.refuse(work, submission_id, sent)
    _hand_over(deps, caller, refused.job_id)
    return refused


def _hand_over(deps: Deps, caller: CallerDep, job_id: str | None) -> None:
    if job_id is not None:
        with deps.reading(caller) as work:
            jobs.hand_over(work, job_id)
