"""Whoever the permission table lets do an operation, and the things that operations are about."""

import itertools
from datetime import timedelta
from typing import Any

import httpx
from sqlmodel import col, select

from services.api.auth import sessions, tokens, users
from services.api.auth.roles import RULES
from services.api.db.engine import reading, writing
from services.api.db.tables import Kiosk, ProposedPhoto, Student, StudentLink, Submission, Template
from services.api.paths import OUTCOME_PHOTO
from services.api.web.deps import Deps
from shared.events import Outcome
from shared.kiosk_channel import KioskChannel
from tests.api_web.cases import open_case
from tests.api_web.conftest import NOW, PASSWORD
from tests.api_web.pictures import tiny_jpeg

KIOSK = "A__door1"
GOOD = tiny_jpeg(640, 480)
_OF_PHOTOS = {"get_proposed_photo", "drop_proposed_photo", "submit_photos"}
_OF_SUBMISSIONS = {"get_submission", "get_submitted_photo", "approve_submission", "refuse_submission"}
_OF_PAIRING = {"find_pairing", "pair_kiosk"}
Headers = dict[str, str]


class Senders:
    """Each asks with a fresh session, token or link: some operations end them."""

    def __init__(self, deps: Deps, url: str, sitting_id: int) -> None:
        self._deps = deps
        self._api = httpx.Client(base_url=f"{url}/api/v1", timeout=30)
        self._numbers = itertools.count(1)
        self.known: dict[str, Any] = {"kiosk_id": KIOSK, "sitting_id": sitting_id, "hall_id": "A", "student_id": "S1"}
        """What is there, by the name of the path's parameter."""
        self.body: dict[str, Any] = {
            "student_id": "S1",
            "photo": [GOOD],
            "keys": ["e1"],
            "username": "auditor",
            "password": PASSWORD,
            "old": PASSWORD,
        }
        """What is there, by the name of the body's field."""
        self._photo_id = ""
        self._student("enrol", "")
        self._furnish(sitting_id)

    def headers(self, operation_id: str) -> Headers:
        """Return what lets the operation be done, with what it is about made anew."""
        rule = RULES[operation_id]
        self.known["photo_id"] = self._photo_id
        if operation_id == "take_hall":
            self.body["code"] = self._offered()
        if operation_id in _OF_PAIRING:
            self.body["code"] = self._sent("/kiosk-pairings", {})["code"]
        if operation_id in _OF_SUBMISSIONS:
            self._hand_in()
        if rule.kiosk:
            return _bearer(self._kiosk())
        if rule.link is not None:
            return self._student("practice" if rule.link == "practice" else "enrol", operation_id)
        return self._user("super_admin" if rule.public or "super_admin" in rule.roles else min(rule.roles))

    def close(self) -> None:
        """Go away."""
        self._api.close()

    def _furnish(self, sitting_id: int) -> None:
        """Ada has a photo, a case waits, hall A's kiosk shows Ada's outcome, and an import and an archive are begun."""
        office = self._user("super_admin")
        photos = {"files": [("photo", ("ada.jpg", GOOD, "image/jpeg"))], "data": {"basis": "consent"}}
        asked = self._sent("/students/S1/photos", office, **photos)
        self._photo_id = asked["photo_ids"][0]
        table = b"student_id,hall,table_number\nS3,A,C-15\n"
        preview = self._sent(f"/imports?kind=roster&sitting_id={sitting_id}", office, content=table)
        self.known["import_id"], self.body["fingerprint"] = preview["id"], preview["fingerprint"]
        wish = {"basis": "consent", "file_name": "photos.zip"}
        self.known["job_id"] = self._sent("/enrolment-imports", office, json=wish)["id"]
        plan = self._api.patch("/halls/A", headers=office, json={"rows": 12, "columns": 20})
        assert plan.is_success, plan.text
        with writing(self._deps.engine) as session:
            invigilator = users.find(session, "invigilator")
            assert invigilator is not None
            self.known["user_id"] = invigilator.id
            review = open_case(session, sitting_id)
            self.known |= {"review_id": review.id, "attempt_id": review.attempt_id, "event_id": "o1"}
        KioskChannel(self._deps.frames, KIOSK).outcome(outcome())

    def _sent(self, path: str, headers: Headers, **options: Any) -> dict[str, Any]:
        answer = self._api.post(path, headers=headers, **options)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def _user(self, role: str) -> Headers:
        with writing(self._deps.engine) as session:
            user = users.find(session, role)
            assert user is not None
            user.active, user.role, user.must_change_password = True, role, False
            session.add(user)
            token, _ = sessions.open_session(session, user, NOW, self._deps.settings.api, "", "")
        return _bearer(token)

    def _kiosk(self) -> str:
        token = tokens.new_token(tokens.KIOSK)
        with writing(self._deps.engine) as session:
            kiosk = session.get(Kiosk, KIOSK)
            assert kiosk is not None
            kiosk.enabled, kiosk.token_hash = True, tokens.token_hash(token)
            session.add(kiosk)
        return token

    def _student(self, purpose: str, operation_id: str) -> Headers:
        """Give a new student a link; whoever practises is enrolled, and whose photos it is about has a good one."""
        number, token = f"L{next(self._numbers)}", tokens.new_token(tokens.LINK)
        made: dict[str, Any] = {"created_at": NOW, "expires_at": NOW + timedelta(days=14)}
        with writing(self._deps.engine) as session:
            session.add(Student(id=number, name="Ada Lovelace", email="ada@example.org", created_at=NOW))
            session.flush()
            link = StudentLink(student_id=number, purpose=purpose, token_hash=tokens.token_hash(token), **made)
            session.add(link)
            if purpose == "practice":
                when: dict[str, Any] = {"asked_at": NOW, "enrolled_at": NOW}
                session.add(Template(student_id=number, model_id="n", sealed=b"s", event_id=number, **when))
            session.flush()
            self.known["link_id"] = link.id
        headers = _bearer(token)
        if operation_id == "propose_photos" or operation_id in _OF_PHOTOS:
            self._sent("/self/consent", headers, json={"text_version": "1"})
        if operation_id in _OF_PHOTOS:
            self._propose(headers)
        if operation_id == "practice_events":
            self.known["kiosk_id"] = self._sent("/self/practice", headers)["kiosk_id"]
        return headers

    def _propose(self, headers: Headers) -> None:
        page = self._sent("/self/photos", headers, files=[("photo", ("ada.jpg", GOOD, "image/jpeg"))])
        self.known["photo_id"] = page["photos"][0]["id"]
        with writing(self._deps.engine) as session:
            photo = session.exec(select(ProposedPhoto).where(ProposedPhoto.id == self.known["photo_id"])).one()
            photo.state = "good"
            session.add(photo)

    def _hand_in(self) -> None:
        """Let a student hand a photo in, for the office to look at."""
        self._sent("/self/submit", self._student("enrol", "submit_photos"))
        with reading(self._deps.engine) as session:
            newest = select(Submission).order_by(col(Submission.id).desc())
            self.known["submission_id"] = session.exec(newest).first().id  # type: ignore[union-attr]

    def _offered(self) -> str:
        path = f"/sittings/{self.known['sitting_id']}/halls/A/handover"
        code: str = self._sent(path, self._user("super_admin"), json={"leaves": False})["code"]
        return code


def outcome() -> Outcome:
    """Ada came in, and hall A's screen shows it."""
    return Outcome(
        event_id="o1",
        kiosk_id=KIOSK,
        captured_at=NOW,
        trace_id="t1",
        track_id="t1",
        verdict="present",
        student_id="S1",
        name="Ada Lovelace",
        photo_url=OUTCOME_PHOTO.format(kiosk_id=KIOSK, event_id="o1"),
        hold_s=600,
    )


def _bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}
