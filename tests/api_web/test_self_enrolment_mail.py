"""Mails: kept while the server is away, sent once, given up with a word, by a real SMTP conversation."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from services.api.auth.caller import Caller
from services.api.db.engine import writing
from services.api.db.tables import Mail, Student
from services.api.jobs import worker
from services.api.jobs.run import JobTools
from services.api.office import invitations, mail
from services.api.settings import ApiSection, MailSection
from services.api.web import app as web_app
from services.api.web.deps import Deps
from shared.clock import ManualClock
from shared.redis_replies import text
from tests.api_web.conftest import As
from tests.api_web.self_enrolling import Site, open_self_enrolment


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP to take mails; refuses addresses that begin with `nobody`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: list[bytes] = []


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 here")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"QUIT":
                self._say("221 bye")
                break
            if verb == b"DATA":
                self._say("354 go on")
                self.server.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self._say("550 nobody here" if verb == b"RCPT" and b"<nobody" in line else "250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def site(admin: As, deps: Deps, anyone: TestClient, exam_day: int) -> Site:
    """The office, Ada and Grace with addresses."""
    return open_self_enrolment(admin, deps, anyone)


def send_by(deps: Deps, port: int) -> None:
    """Let mails leave by SMTP at this port."""
    section = MailSection(host="127.0.0.1", port=port, security="none", sender="exams@example.org", timeout_s=5)
    api = ApiSection(**{**deps.settings.api.model_dump(), "mail": section})
    worker.make_ready(JobTools(deps.engine, deps.events, api, deps.media, deps.clock, deps.settings.data_dir))


def sweep(deps: Deps) -> None:
    """Do what the web process does each minute, and the job that comes of it."""
    web_app._tidy(deps)
    for job_id in waiting(deps):
        worker.do(job_id)
    deps.events.delete("rq:queue:office")


def waiting(deps: Deps) -> list[str]:
    """Return the jobs in the queue."""
    return [text(job_id) for job_id in deps.events.lrange("rq:queue:office", 0, -1)]


def states(site: Site) -> list[tuple[str, str]]:
    with site.session() as session:
        return [(row.student_id, row.state) for row in session.exec(select(Mail).order_by(Mail.student_id))]


def test_mails_leave_by_smtp(site: Site, deps: Deps) -> None:
    with mail_server() as server:
        send_by(deps, server.server_address[1])
        site.invite("S1", "S2")
    read = [email.message_from_bytes(data, policy=email.policy.default) for data in server.taken]
    assert sorted(str(one["To"]) for one in read) == ["ada@example.org", "grace@example.org"]
    assert {one["From"] for one in read} == {"exams@example.org"}
    assert len({one["Message-ID"] for one in read}) == 2
    assert states(site) == [("S1", "sent"), ("S2", "sent")]


def test_a_server_that_is_away_is_tried_again_and_nothing_is_lost_or_sent_twice(
    site: Site, deps: Deps, clock: ManualClock
) -> None:
    with mail_server() as gone:
        port = gone.server_address[1]
    send_by(deps, port)
    site.invite("S1", "S2")
    assert states(site) == [("S1", "waiting"), ("S2", "waiting")]
    with site.session() as session:
        row = session.exec(select(Mail)).first()
        assert row is not None and row.sealed is not None and "cannot be used" in row.error
    sweep(deps)
    assert states(site) == [("S1", "waiting"), ("S2", "waiting")]  # not before the pause is over
    with mail_server() as server:
        send_by(deps, server.server_address[1])
        for _ in range(3):
            clock.advance(90)
            sweep(deps)
    assert len(server.taken) == 2
    assert states(site) == [("S1", "sent"), ("S2", "sent")]


def test_a_mail_that_a_dead_worker_held_is_sent_by_another_after_a_while(
    site: Site, deps: Deps, clock: ManualClock
) -> None:
    site.admin("POST", "/invitations", json={"student_ids": ["S1"]})
    (job_id,) = waiting(deps)
    with deps.writing(Caller()) as work:
        invitations.write_links(work, job_id, "enrol", ["S1"])
        work.session.flush()
        assert len(mail.take(work)) == 1  # and then it dies
    deps.events.delete("rq:queue:office")
    sweep(deps)
    assert site.mails() == []
    clock.advance(301)
    sweep(deps)
    assert len(site.mails()) == 1 and states(site) == [("S1", "sent")]


def test_an_address_that_nobody_has_is_given_up_and_said(site: Site, admin: As, deps: Deps) -> None:
    assert admin("PATCH", "/students/S1", json={"email": "nobody@example.org"}).status_code == 200
    with mail_server() as server:
        send_by(deps, server.server_address[1])
        site.invite("S1")
    (failed,) = admin("GET", "/mails?state=failed").json()
    assert (failed["student_id"], failed["error"]) == ("S1", "the mail server refused the address (550)")
    assert admin("GET", "/links").json()[0]["mail"] == "failed"


def test_a_link_that_was_revoked_before_its_mail_left_is_not_mailed(
    site: Site, admin: As, deps: Deps, clock: ManualClock
) -> None:
    with mail_server() as gone:
        port = gone.server_address[1]
    send_by(deps, port)
    site.invite("S1")
    (link,) = admin("GET", "/links").json()
    assert admin("DELETE", f"/links/{link['id']}").status_code == 204
    with mail_server() as server:
        send_by(deps, server.server_address[1])
        clock.advance(90)
        sweep(deps)
    assert server.taken == [] and states(site) == [("S1", "void")]


def test_no_mail_can_be_given_a_second_recipient(site: Site, admin: As, deps: Deps) -> None:
    with writing(deps.engine) as session:
        session.get_one(Student, "S1").email = "ada@example.org\nBcc: eve@example.org"
    assert site.invite("S1")["without_email"] == ["S1"]
