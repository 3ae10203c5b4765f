"""The one permission table: operation -> who may do it. A route without a rule is refused to everyone.

An operation is the name of its route function. `scope` says what an invigilator must be assigned to:
`sitting` (the path's `sitting_id`, and its `hall_id` where there is one), `whole_sitting` (all halls of
it), `review` (the place of the path's `review_id`), `attempt` (likewise), or nothing. What has no scope, or
names no hall, is cut to what is theirs by the office functions.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["super_admin", "admin", "invigilator", "auditor"]
ROLES: tuple[Role, ...] = ("super_admin", "admin", "invigilator", "auditor")
Body = Literal["json", "photos", "import", "archive"]


@dataclass(frozen=True)
class Rule:
    """Who may do one operation."""

    roles: frozenset[str] = frozenset()
    scope: Literal["sitting", "whole_sitting", "review", "attempt"] | None = None
    kiosk: bool = False
    """Also, or only, the kiosk of the path's `kiosk_id`, by its token."""
    link: Literal["enrol", "practice", "any"] | None = None
    """Only a student, by a link of this purpose."""
    public: bool = False
    """Nobody is asked who they are."""
    before_password: bool = False
    """Also for somebody who has yet to change a one-time password."""
    body: Body = "json"
    """Which size limit the body has."""


PUBLIC = Rule(public=True)
ANYONE_SIGNED_IN = Rule(frozenset(ROLES), before_password=True)
OWNERS = Rule(frozenset({"super_admin"}))
OFFICE = Rule(frozenset({"super_admin", "admin"}))
OFFICE_PHOTOS = Rule(OFFICE.roles, body="photos")
OFFICE_IMPORT = Rule(OFFICE.roles, body="import")
OFFICE_ARCHIVE = Rule(OFFICE.roles, body="archive")
READERS = Rule(frozenset({"super_admin", "admin", "auditor"}))
ACCOUNT_READERS = Rule(frozenset({"super_admin", "auditor"}))
HALL_READERS = Rule(frozenset(ROLES))
SITTING_READERS = Rule(frozenset(ROLES), scope="sitting")
WHOLE_SITTING_READERS = Rule(frozenset(ROLES), scope="whole_sitting")
SITTING_IMPORT = Rule(OFFICE.roles, scope="sitting", body="import")
REVIEW_READERS = Rule(frozenset(ROLES), scope="review")
REVIEW_SETTLERS = Rule(frozenset({"super_admin", "admin", "invigilator"}), scope="review")
SITTING_DECIDERS = Rule(frozenset({"super_admin", "admin", "invigilator"}), scope="sitting")
INVIGILATORS = Rule(frozenset({"invigilator"}))
ATTEMPT_READERS = Rule(frozenset(ROLES), scope="attempt")
KIOSK = Rule(kiosk=True)
LINK = Rule(link="any")
ENROL_LINK = Rule(link="enrol")
ENROL_LINK_PHOTOS = Rule(link="enrol", body="photos")
PRACTICE_LINK = Rule(link="practice")

RULES: dict[str, Rule] = {
    # signing in
    "sign_in": PUBLIC,
    "sign_out": ANYONE_SIGNED_IN,
    "who_am_i": ANYONE_SIGNED_IN,
    "change_my_password": ANYONE_SIGNED_IN,
    "end_my_sessions": ANYONE_SIGNED_IN,
    # accounts
    "list_users": ACCOUNT_READERS,
    "create_user": OWNERS,
    "change_user": OWNERS,
    "end_user_sessions": OWNERS,
    "reset_user_password": OWNERS,
    "list_user_sessions": ACCOUNT_READERS,
    "list_tokens": ACCOUNT_READERS,
    "list_token_scopes": ACCOUNT_READERS,
    "create_token": OWNERS,
    "revoke_token": OWNERS,
    # students and enrolment
    "list_students": READERS,
    "count_students": READERS,
    "create_student": OFFICE,
    "get_student": READERS,
    "change_student": OFFICE,
    "delete_student": OFFICE,
    "upload_photos": OFFICE_PHOTOS,
    "judge_still": OFFICE_PHOTOS,
    "get_student_photo": READERS,
    "get_photo": READERS,
    "delete_photo": OFFICE,
    "list_consents": READERS,
    "give_consent": OFFICE,
    "withdraw_consent": OFFICE,
    "list_student_sittings": READERS,
    "export_student": OFFICE,  # docs/adr/0019: an auditor reads records, and takes no copy of a person's
    "get_held": READERS,
    "get_enrolment": READERS,
    "list_accommodations": READERS,
    "set_accommodation": OFFICE,
    "delete_accommodation": OFFICE,
    "list_look_alikes": READERS,
    "judge_look_alikes": OFFICE,
    "preview_invitation": READERS,
    "invite_students": OFFICE,
    "list_links": READERS,
    "resend_link": OFFICE,
    "revoke_link": OFFICE,
    "list_mails": READERS,
    "list_submissions": READERS,
    "get_submission": READERS,
    "get_submitted_photo": READERS,
    "approve_submission": OFFICE,
    "refuse_submission": OFFICE,
    "get_own_page": LINK,
    "give_own_consent": ENROL_LINK,
    "decline_recognition": ENROL_LINK,
    "propose_photos": ENROL_LINK_PHOTOS,
    "judge_own_still": ENROL_LINK_PHOTOS,
    "get_proposed_photo": ENROL_LINK,
    "drop_proposed_photo": ENROL_LINK,
    "submit_photos": ENROL_LINK,
    "begin_practice": PRACTICE_LINK,
    "end_practice": PRACTICE_LINK,
    "practice_events": PRACTICE_LINK,
    "list_practice": READERS,
    # halls and kiosks
    "list_halls": HALL_READERS,
    "create_hall": OFFICE,
    "get_hall": HALL_READERS,
    "change_hall": OFFICE,
    "preview_hall": OFFICE,
    "delete_hall": OFFICE,
    "list_kiosks": HALL_READERS,
    "create_kiosk": OFFICE,
    "get_kiosk": HALL_READERS,
    "change_kiosk": OFFICE,
    "delete_kiosk": OFFICE,
    "issue_kiosk_token": OFFICE,
    "revoke_kiosk_token": OFFICE,
    "get_kiosk_frame": OFFICE,  # docs/adr/0019: nor watches a door
    "aim_kiosk": OFFICE,
    "begin_pairing": PUBLIC,
    "my_pairing": PUBLIC,
    "find_pairing": OFFICE,
    "pair_kiosk": OFFICE,
    # exams, sittings, rosters
    "list_exams": HALL_READERS,
    "create_exam": OFFICE,
    "get_exam": HALL_READERS,
    "change_exam": OFFICE,
    "delete_exam": OFFICE,
    "list_sittings": HALL_READERS,
    "get_sitting_times": READERS,
    "create_sitting": OFFICE,
    "get_sitting": SITTING_READERS,
    "change_sitting": OFFICE,
    "delete_sitting": OFFICE,
    "assign_invigilator": OFFICE,
    "unassign_invigilator": OFFICE,
    "list_available_invigilators": READERS,
    "list_invigilators": READERS,
    "list_invigilator_clashes": READERS,
    "assign_hall_invigilator": OFFICE,
    "unassign_hall_invigilator": OFFICE,
    "delay_sitting": OFFICE,
    "move_sitting": OFFICE,
    "cancel_sitting": OFFICE,
    "reinstate_sitting": OFFICE,
    "get_hall_seats": READERS,
    "propose_seats": OFFICE,
    "set_seats": OFFICE_IMPORT,
    "list_readiness": READERS,
    "get_sitting_readiness": READERS,
    "print_paper": SITTING_READERS,
    "get_roster": SITTING_READERS,
    "replace_roster": SITTING_IMPORT,
    "patch_roster": SITTING_IMPORT,
    "import_roster_csv": SITTING_IMPORT,
    "export_roster_csv": SITTING_READERS,
    "roster_status": SITTING_READERS,
    "list_sitting_accommodations": SITTING_READERS,
    "list_sitting_halls": SITTING_READERS,
    # the exam as it happens
    "live_sitting": WHOLE_SITTING_READERS,
    "list_attempts": HALL_READERS,
    "get_attempt_crop": ATTEMPT_READERS,
    "list_reviews": HALL_READERS,
    "get_review": REVIEW_READERS,
    "get_review_crop": REVIEW_READERS,
    "get_review_photo": REVIEW_READERS,
    "get_admission_crop": REVIEW_READERS,
    "live_hall": SITTING_READERS,
    "decide_review": REVIEW_SETTLERS,
    "claim_review": REVIEW_SETTLERS,
    "release_review": REVIEW_SETTLERS,
    "mark_student": SITTING_DECIDERS,
    "change_sitting_hall": SITTING_DECIDERS,
    "undo_attempt": Rule(REVIEW_SETTLERS.roles, scope="attempt"),
    # in the hall: the door lane, seats, the paper sheet, handing over
    "look_up_person": SITTING_READERS,
    "admit_at_door": SITTING_DECIDERS,
    "offer_enrolment": SITTING_DECIDERS,
    "change_seat": SITTING_DECIDERS,
    "note_student": SITTING_DECIDERS,
    "get_person_photo": SITTING_READERS,
    "enter_paper": SITTING_DECIDERS,
    "offer_hall": SITTING_DECIDERS,
    "take_hall": INVIGILATORS,
    # imports
    "start_import": OFFICE_IMPORT,
    "get_import_example": READERS,
    "get_import": READERS,
    "confirm_import": OFFICE,
    "ask_bulk_enrolment": OFFICE,
    "put_bulk_students": OFFICE_IMPORT,
    "put_bulk_archive": OFFICE_ARCHIVE,
    "start_bulk_enrolment": OFFICE,
    "get_bulk_report": READERS,
    # the master grid
    "list_grid_rows": READERS,
    "get_grid_totals": READERS,
    "export_grid_csv": READERS,
    "save_grid": OFFICE_IMPORT,
    "mark_grid_rows": OFFICE,
    # long work
    "get_system": READERS,
    "get_office_settings": READERS,
    "list_jobs": READERS,
    "get_job": READERS,
    "get_job_file": READERS,
    # cases looked back at, and reports
    "list_review_log": HALL_READERS,
    "report_sitting": WHOLE_SITTING_READERS,
    "report_sitting_file": WHOLE_SITTING_READERS,
    "report_exam": READERS,
    "report_student": READERS,
    "report_student_file": READERS,
    "ask_report": READERS,
    # the end of an exam
    "get_closing": SITTING_READERS,
    "put_closing_counts": SITTING_DECIDERS,
    "note_difference": SITTING_DECIDERS,
    "decide_difference": SITTING_DECIDERS,
    "seal_hall": SITTING_DECIDERS,
    "get_seal": SITTING_READERS,
    "get_sealed_file": SITTING_READERS,
    "list_amendments": SITTING_READERS,
    "amend_hall": OFFICE,
    "get_amended_file": SITTING_READERS,
    # the audit chain
    "list_audit": READERS,
    "get_audit": READERS,
    "verify_audit": READERS,
    "export_sitting_audit": READERS,
    # the kiosk's own
    "kiosk_screen": KIOSK,
    "kiosk_here": KIOSK,
    "kiosk_events": KIOSK,
    "kiosk_picture": KIOSK,
    "kiosk_number": KIOSK,
    "kiosk_outcome_photo": KIOSK,
    # the office's pages: what each of them does is under the rules above
    "page_home": HALL_READERS,
    "page_exams": READERS,
    "page_sitting": READERS,
    "page_seats": READERS,
    "page_readiness": READERS,
    "page_halls": READERS,
    "page_hall_plan": READERS,
    "page_kiosks": READERS,
    "page_kiosk": READERS,
    "page_aim": OFFICE,
    "page_approvals": READERS,
    "page_import": OFFICE,
    "page_enrolment_import": OFFICE,
    "page_rosters": READERS,
    "page_roster": READERS,
    "page_students": READERS,
    "page_student": READERS,
    "page_look_alikes": READERS,
    "page_closing": SITTING_READERS,
    "page_reports": READERS,
    "page_reviews": HALL_READERS,
    "page_review": HALL_READERS,  # what it shows is under `get_review`, which looks at whose case it is
    "page_audit": READERS,
    "page_audit_entry": READERS,
    "page_accounts": ANYONE_SIGNED_IN,
    "page_system": READERS,
    "page_attendance": READERS,
    # pages and machines
    "front_door": PUBLIC,
    "list_languages": PUBLIC,
    "sign_in_page": PUBLIC,
    "own_enrolment_page": PUBLIC,
    "practice_page": PUBLIC,
    "kiosk_page": PUBLIC,
    "hall_page": PUBLIC,
    "hall_entrance": PUBLIC,
    "hall_worker": PUBLIC,
    "kiosk_pairing_page": PUBLIC,
    "health": PUBLIC,
    "alive": PUBLIC,
    "metrics": PUBLIC,
    "openapi_document": PUBLIC,
}
