"""Bulk enrolment: bad archives are refused with a word, and every file of a good one ends in the report, once."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from services.api.auth.caller import Caller
from services.api.db.engine import reading, writing
from services.api.db.tables import AuditEntry, Consent, Job, JobPart, LookAlikePair, Photo, Student
from services.api.jobs import parts
from services.api.jobs.bulk_enrolment import BulkEnrolment
from services.api.jobs.run import JobRun, JobTools
from services.api.office.bulk.archive import Limits, contents_of, owner_of
from services.api.problems import Problem
from services.api.web.deps import Deps
from services.api.words import words_of
from shared import names
from shared.clock import ManualClock
from tests.api_web.conftest import As
from tests.api_web.pictures import tiny_jpeg

LIMITS = Limits(files=50, unpacked_bytes=5_000_000)


def picture(number: int) -> bytes:
    """Return a small JPEG, another one for each number."""
    return tiny_jpeg(40 + number, 40)


def packed(files: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def refusal(data: bytes) -> str:
    """Return why an archive is refused."""
    with pytest.raises(Problem) as refused:
        contents_of(io.BytesIO(data), LIMITS)
    return refused.value.body.code


def test_a_good_archive_is_sorted_out() -> None:
    data = packed({"b/S2.PNG": b"", "S1.jpg": b"", "list.csv": b"", "__MACOSX/S1.jpg": b"", "read me.txt": b""})
    found = contents_of(io.BytesIO(data), LIMITS)
    assert [one.filename for one in found.photos] == ["S1.jpg", "b/S2.PNG"]
    assert ([one.filename for one in found.lists], found.ignored) == (["list.csv"], ["read me.txt"])


@pytest.mark.parametrize("name", ["../S1.jpg", "a/../../S1.jpg", "/etc/S1.jpg", "C:/S1.jpg", "..\\S1.jpg"])
def test_a_path_that_leads_out_of_the_archive_is_refused(name: str) -> None:
    assert refusal(packed({name: b"x"})) == "archive_path"


def test_a_link_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("S1.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    assert refusal(out.getvalue()) == "archive_link"


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size() -> None:
    assert refusal(packed({"S1.jpg": b"\0" * 2_000_000}, zipfile.ZIP_DEFLATED)) == "archive_bomb"
    assert (
        refusal(packed({f"S{n}.jpg": b"\0" * 900_000 for n in range(6)}, zipfile.ZIP_DEFLATED)) == "archive_too_large"
    )


def test_files_that_share_bytes_are_a_bomb() -> None:
    data = bytearray(packed({"S1.jpg": bytes(range(256)) * 40}))
    at = data.rfind(b"PK\x01\x02")
    entry = bytes(data[at : data.rfind(b"PK\x05\x06")])
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, 3 * len(entry), at, 0)
    assert refusal(bytes(data[:at]) + 3 * entry + end) == "archive_bomb"


def test_thousands_of_tiny_files_are_refused_before_they_are_listed() -> None:
    assert refusal(packed({f"S{n}.jpg": b"" for n in range(51)})) == "archive_too_many"
    whole = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 70_000_000, 0, 0)
    assert refusal(b"\0" * 100 + whole) == "archive_too_many"


def test_archives_in_the_archive_passwords_and_other_packings_are_refused() -> None:
    assert refusal(packed({"more.zip": b"PK"})) == "archive_nested"
    locked = bytearray(packed({"S1.jpg": b"x"}))
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(locked)) == "archive_encrypted"
    assert refusal(packed({"S1.jpg": b"x"}, zipfile.ZIP_LZMA)) == "archive_packing"
    assert refusal(b"no archive at all") == "archive_not_zip"
    assert refusal(packed({"S1.jpg": picture(1)})[:-10]) == "archive_not_zip"


def test_a_file_is_its_students_by_its_name_with_and_without_a_number_and_by_its_folder() -> None:
    known = {"S1", "S_2", "2026_1"}
    wanted = {
        "S1.jpg": "S1",
        "term/S1_2.png": "S1",
        "S_2.jpg": "S_2",
        "S_2_3.jpg": "S_2",
        "2026_1.jpg": "2026_1",
        "S1/front.jpg": "S1",
        "S9_1.jpg": "S9",
    }
    assert {name: owner_of(name, known) for name in wanted} == wanted


def judge(deps: Deps, *refused: str) -> None:
    """Do what enrolment and ingest do: judge what waits, refusing these students."""
    with writing(deps.engine) as session:
        waiting = session.exec(select(Photo).where(Photo.state == "pending")).all()
        for photo in waiting:
            photo.judged_at = deps.clock.now()
            no = photo.student_id in refused
            photo.state, photo.refusal, photo.detail = ("refused", "no_face", "none") if no else ("enrolled", None, "")
            session.add(photo)


def begun(admin: As, files: dict[str, bytes], listed: str = "") -> str:
    """Send an archive and start; return the job."""
    job = str(admin.make("/enrolment-imports", basis="consent", text_version="2026-09")["id"])
    if listed:
        assert admin("PUT", f"/enrolment-imports/{job}/students", content=listed.encode()).status_code == 200
    assert admin("PUT", f"/enrolment-imports/{job}/archive", content=packed(files)).status_code == 200
    started = admin("POST", f"/enrolment-imports/{job}/start")
    assert started.status_code == 202, started.text
    return job


def job_of(deps: Deps, job_id: str, wait: Callable[[float], None], *, window: int = 64) -> BulkEnrolment:
    """Take a job as the office's worker does."""
    with reading(deps.engine) as session:
        params = dict(session.get_one(Job, job_id).params)
    api = deps.settings.api.model_copy(update={"bulk_window": window})
    tools = JobTools(deps.engine, deps.events, api, deps.media, deps.clock)
    return BulkEnrolment(JobRun(tools, job_id, params, Caller(user_id=2, role="admin")), wait)


def results(admin: As, job: str) -> dict[str, str]:
    """Return what became of each file."""
    return {
        row["file"] or row["student_id"]: row["result"]
        for row in admin("GET", f"/enrolment-imports/{job}/report").json()
    }


def test_every_file_ends_in_the_report_with_what_became_of_it(admin: As, exam_day: int, deps: Deps) -> None:
    admin("PATCH", "/students/S3", json={"by_number": True})
    files = {
        "S1.jpg": picture(1),
        "S1_2.jpg": picture(2),
        "copy/S1.jpg": picture(1),
        "S2.jpg": picture(3),
        "S3.jpg": picture(4),
        "S9.jpg": picture(5),
        "N1.png": picture(6),
        "N2.jpg": b"no picture",
        "N3.jpg": picture(7),
        "N4.jpg": picture(7),
    }
    listed = (
        "student_id,name,email\nN1,Noether,n@example.org\nN2,Nash,\nN3,Neumann,\nN4,Newton,\nN5,Nobody,\n,Nameless,\n"
    )
    job = begun(admin, files, listed)
    result = job_of(deps, job, lambda _: judge(deps, "S2")).do()
    assert results(admin, job) == {
        "S1.jpg": "enrolled",
        "S1_2.jpg": "enrolled",
        "copy/S1.jpg": "double",
        "S2.jpg": "no_face",
        "S3.jpg": "by_number",
        "S9.jpg": "unknown_student",
        "N1.png": "enrolled",
        "N2.jpg": "not_an_image",
        "N3.jpg": "same_picture",
        "N4.jpg": "same_picture",
        "N5": "no_photo",
        "line 7, student_id": "wrong_line",
    }
    assert result["students_enrolled"] == 2
    report_rows = admin("GET", f"/enrolment-imports/{job}/report").json()
    wrong = next(row for row in report_rows if row["result"] == "wrong_line")
    assert (wrong["code"], wrong["detail"]) == ("no_student_number", words_of("en").say("cell.no_student_number"))
    assert admin("GET", "/students/N5").json()["name"] == "Nobody"
    report = admin("GET", f"/jobs/{job}/files/report.csv").content.decode("utf-8-sig")
    assert "S2.jpg,S2,no_face,none," in report


def test_the_basis_is_kept_for_each_student_once_and_the_audit_names_no_one(
    admin: As, exam_day: int, deps: Deps
) -> None:
    for number in (1, 2):
        job = begun(admin, {"S1.jpg": picture(number)})
        job_of(deps, job, lambda _: judge(deps)).do()
    with reading(deps.engine) as session:
        consents = session.exec(select(Consent)).all()
        assert [(row.student_id, row.basis, row.text_version) for row in consents] == [("S1", "consent", "2026-09")]
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "student.photos_import")).all()
        assert (entries[0].after or {})["students"] == ["S1"]
    refused = admin("POST", "/enrolment-imports", json={"basis": "because"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_basis")
    assert admin("POST", "/enrolment-imports", json={}).status_code == 422


def test_the_same_archive_again_enrols_nobody_twice(admin: As, exam_day: int, deps: Deps, clock: ManualClock) -> None:
    files = {"S1.jpg": picture(1), "S2.jpg": picture(2)}
    job_of(deps, begun(admin, files), lambda _: judge(deps)).do()
    clock.advance(1)
    again = begun(admin, files)

    def nothing_to_wait_for(_: float) -> None:
        raise AssertionError("everybody is enrolled already")

    job_of(deps, again, nothing_to_wait_for).do()
    assert results(admin, again) == {"S1.jpg": "already", "S2.jpg": "already"}


class Killed(BaseException):
    """What `kill -9` is to a process: nothing is caught, nothing tidied."""


def test_a_killed_job_goes_on_where_it_was_and_nobody_is_lost_or_doubled(admin: As, exam_day: int, deps: Deps) -> None:
    listed = "student_id,name\n" + "".join(f"K{n},Student {n}\n" for n in range(30))
    job = begun(admin, {f"K{n}.jpg": picture(n) for n in range(30)}, listed)
    looks = 0

    def die_at_the_second_look(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            raise Killed
        judge(deps, "K3")

    with pytest.raises(Killed):
        job_of(deps, job, die_at_the_second_look, window=16).do()
    with reading(deps.engine) as session:
        assert 0 < session.exec(select(func.count()).select_from(Photo)).one() <= 30
    job_of(deps, job, lambda _: judge(deps, "K3")).do()
    assert sorted(results(admin, job).values()) == ["enrolled"] * 29 + ["no_face"]
    with reading(deps.engine) as session:
        assert session.exec(select(func.count()).select_from(Photo)).one() == 30
        assert session.exec(select(func.count()).select_from(Student).where(col(Student.id).like("K%"))).one() == 30
        assert session.exec(select(func.count()).select_from(Consent)).one() == 30


def test_few_photos_lie_in_redis_at_a_time(admin: As, exam_day: int, deps: Deps) -> None:
    listed = "student_id,name\n" + "".join(f"W{n},Student {n}\n" for n in range(40))
    job = begun(admin, {f"W{n}.jpg": picture(n) for n in range(40)}, listed)
    most = 0

    def work(_: float) -> None:
        nonlocal most
        keys = list(deps.events.scan_iter(names.enrolment_photo("*")))
        most = max(most, len(keys))
        judge(deps)
        deps.events.delete(*keys)

    job_of(deps, job, work, window=16).do()
    assert 0 < most <= 16


def test_a_worker_that_does_not_answer_is_named_and_the_report_says_who_waits(
    admin: As, exam_day: int, deps: Deps, clock: ManualClock
) -> None:
    job = begun(admin, {"S1.jpg": picture(1)})
    with pytest.raises(Problem, match="0 of 1 photos"):
        job_of(deps, job, lambda _: clock.advance(timedelta(minutes=2).total_seconds())).do()
    assert results(admin, job) == {"S1.jpg": "waiting"}


def test_look_alikes_are_named_by_number(admin: As, exam_day: int, deps: Deps) -> None:
    job = begun(admin, {"S1.jpg": picture(1)})

    def judged_with_a_pair(_: float) -> None:
        judge(deps)
        with writing(deps.engine) as session:
            pair = LookAlikePair(
                student_a="S1", student_b="S2", similarity=0.7, model_id="m", found_at=deps.clock.now()
            )
            session.add(pair)

    job_of(deps, job, judged_with_a_pair).do()
    assert admin("GET", f"/enrolment-imports/{job}/report").json()[0]["looks_like"] == ["S2"]


def test_a_picture_of_gigapixels_refuses_the_archive_and_nothing_of_it_is_kept(
    admin: As, exam_day: int, deps: Deps
) -> None:
    job = begun(admin, {"S1.jpg": picture(1), "S2.jpg": tiny_jpeg(40_000, 40_000)})
    with pytest.raises(Problem) as refused:
        job_of(deps, job, lambda _: None).do()
    assert refused.value.body.code == "archive_gigapixel"
    with reading(deps.engine) as session:
        assert session.exec(select(Photo)).all() == []
        assert session.exec(select(JobPart).where(JobPart.job_id == job)).all() == []


def test_a_bad_archive_is_deleted_at_once(admin: As, exam_day: int, deps: Deps) -> None:
    job = str(admin.make("/enrolment-imports", basis="consent")["id"])
    admin("PUT", f"/enrolment-imports/{job}/archive", content=packed({"../S1.jpg": b"x"}))
    refused = admin("POST", f"/enrolment-imports/{job}/start")
    assert (refused.status_code, refused.json()["code"]) == (422, "archive_path")
    assert admin("GET", f"/jobs/{job}").json()["state"] == "failed"
    with reading(deps.engine) as session:
        assert session.exec(select(JobPart).where(JobPart.job_id == job)).all() == []
    assert admin("POST", f"/enrolment-imports/{job}/start").status_code == 409


@pytest.mark.parametrize("notes_bytes", [2_499_000, parts.PIECE_BYTES - 500, parts.PIECE_BYTES - 1_000])
def test_an_archive_of_many_pieces_reads_as_it_was_sent(admin: As, exam_day: int, deps: Deps, notes_bytes: int) -> None:
    files = {"S1.jpg": picture(1), "notes.txt": bytes(notes_bytes), "S2.jpg": picture(2)}
    job = begun(admin, files)
    job_of(deps, job, lambda _: judge(deps)).do()
    assert results(admin, job) == {"S1.jpg": "enrolled", "S2.jpg": "enrolled"}
