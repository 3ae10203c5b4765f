"""How long a bulk enrolment takes, against the bare cost of landmarks and embedding of the same photos.

The office's real processes (web, ingest, office) and one real enrolment worker, on an embedded Redis and
SQLite; the photos are those of the LFW half beside the project, up to five of a person. Bare cost: decode,
landmarks, alignment, network, one photo after another in this process, before and after the office's run.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlmodel import func, select

from services.api.db.tables import Consent, Photo, Student, Template
from services.launcher.embedded_redis import EmbeddedRedis, find_redis
from services.launcher.plan import ONE_THREAD
from services.launcher.ports import free_ports
from tests.api_web.serving import until
from tests.office.site import OfficeSite, _answers, open_site

SHARED = Path(os.environ.get("NERO_SHARED", "../shared"))
MOST = 5
PATIENCE_S = 3600


@dataclass(frozen=True)
class Cost:
    """How long something took, and how much of it was work."""

    wall_s: float
    cpu_s: float

    def __str__(self) -> str:
        return f"{self.wall_s:.1f} s, of the processor {self.cpu_s:.1f} s,"


@dataclass
class Seen:
    """What a run showed."""

    took_s: float = 0.0
    steps: list[tuple[float, int]] = field(default_factory=list)
    """Progress as it was told: seconds, photos done."""
    cpu_s: dict[str, float] = field(default_factory=dict)
    """Processor time of each process meanwhile."""
    result: dict[str, object] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> int:
    """Measure; return 0 where nobody was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.office.benchmark enrolment")
    parser.add_argument("--people", type=int, default=0, help="only the first so many; default: all")
    options = parser.parse_args(arguments)
    os.environ.update(ONE_THREAD)
    os.environ.setdefault("NERO_MODELS_MIRROR", str(SHARED / "models"))
    people = photos_of(SHARED / "faces" / "lfw", options.people)
    count = sum(len(theirs) for theirs in people.values())
    print(f"people    {len(people)}, {count} photos (at most {MOST} of one)")
    with tempfile.TemporaryDirectory(prefix="nero-bench-") as folder, office(Path(folder)) as site:
        before = bare_cost(people, Path(folder) / "models")
        print(f"bare      {before} before")
        seen = enrol(site, people)
        after = bare_cost(people, Path(folder) / "models")
        print(f"bare      {after} after")
        return told(site, people, seen, Cost((before.wall_s + after.wall_s) / 2, (before.cpu_s + after.cpu_s) / 2))


def photos_of(folder: Path, people: int) -> dict[str, list[Path]]:
    """Return the photos of each person, named as a student number."""
    found = {one.name: sorted(one.glob("*.jpg"))[:MOST] for one in sorted(folder.iterdir()) if one.is_dir()}
    return dict(list(found.items())[: people or None])


def bare_cost(people: dict[str, list[Path]], models: Path) -> Cost:
    """Return how long landmarks and embedding of every photo take, and nothing else."""
    from services.recognizer.alignment import aligned
    from services.recognizer.networks import open_embedder
    from services.recognizer.settings import RecognizerSettings
    from services.recognizer.stage import model_cache
    from shared import images
    from shared.errors import Invalid
    from shared.landmarks import open_landmarker
    from shared.model_list import FACE_LANDMARKER

    settings = RecognizerSettings(models_dir=models)
    cache = model_cache(settings)
    embedder = open_embedder(settings.recognizer, cache, None)
    data = [path.read_bytes() for theirs in people.values() for path in theirs]
    with closing(open_landmarker(cache.ensure(FACE_LANDMARKER), max_faces=4, still=True)) as landmarker:
        began_s, used_s = time.perf_counter(), time.process_time()
        for photo in data:
            picture = images.decode(photo, max_pixels=25_000_000)
            faces = sorted(landmarker.find(picture), key=lambda face: face.box.width, reverse=True)
            try:
                chips = [aligned(picture, faces[0].points, embedder.template)] if faces else []
            except Invalid:
                chips = []
            embedder.embed(chips)
        return Cost(time.perf_counter() - began_s, time.process_time() - used_s)


@contextmanager
def office(folder: Path) -> Iterator[OfficeSite]:
    """Start the office and one enrolment worker."""
    env = {"NERO_MODELS_DIR": str(folder / "models"), "NERO_LOG_LEVEL": "warning"}
    with EmbeddedRedis(folder / "redis", persistent=True, binary=find_redis()) as redis:
        site = open_site(folder, redis.url, "web", "ingest", "office", **env)
        try:
            site.processes["enrolment"] = enrolment_worker(site, folder / "enrolment.log")
            yield site
        finally:
            site.stop("enrolment")
            site.close()


def enrolment_worker(site: OfficeSite, log: Path) -> "subprocess.Popen[bytes]":
    """Start one enrolment worker, and wait until its models are loaded."""
    port = free_ports(1)[0]
    with log.open("wb") as out:
        command = [sys.executable, "-m", "services.recognizer", "enrolment"]
        env = {**site.env, "NERO_METRICS_PORT": str(port)}
        worker = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT)
    until(lambda: _answers(f"http://127.0.0.1:{port}/health"), "the enrolment worker is well", timeout_s=120)
    return worker


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """Return the processor time that a process has used (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def enrol(site: OfficeSite, people: dict[str, list[Path]]) -> Seen:
    """Send the archive as the page does, and follow the job."""
    seen = Seen()
    with site.client("admin") as client:
        asked = client.post("/enrolment-imports", json={"basis": "consent", "file_name": "lfw.zip"}).raise_for_status()
        path = f"/enrolment-imports/{asked.json()['id']}"
        listed = "student_id,name\n" + "".join(f"{one},{one.replace('_', ' ')}\n" for one in people)
        client.put(f"{path}/students", content=listed.encode()).raise_for_status()
        client.put(f"{path}/archive", content=archive_of(people), timeout=600).raise_for_status()
        used_s = {name: cpu_s(process) for name, process in site.processes.items()}
        began_s = time.perf_counter()
        client.post(f"{path}/start").raise_for_status()
        seen.result = follow(client, asked.json()["id"], began_s, seen)
        seen.took_s = time.perf_counter() - began_s
        seen.cpu_s = {name: cpu_s(process) - used_s[name] for name, process in site.processes.items()}
    return seen


def archive_of(people: dict[str, list[Path]]) -> bytes:
    """Return the ZIP of STUDENT_ID.jpg, STUDENT_ID_2.jpg and so on."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for student, theirs in people.items():
            for number, path in enumerate(theirs, start=1):
                made.write(path, f"{student}_{number}.jpg" if number > 1 else f"{student}.jpg")
    return out.getvalue()


def follow(client: httpx.Client, job_id: str, began_s: float, seen: Seen) -> dict[str, object]:
    """Wait for the job, noting its progress; return its result."""
    while time.perf_counter() - began_s < PATIENCE_S:
        job = client.get(f"/jobs/{job_id}").raise_for_status().json()
        if not seen.steps or job["done"] != seen.steps[-1][1]:
            seen.steps.append((time.perf_counter() - began_s, job["done"]))
        if job["state"] in ("done", "failed"):
            print(f"job       {job['state']} {job['error']}")
            return dict(job["result"])
        time.sleep(0.2)
    raise TimeoutError(f"the job took longer than {PATIENCE_S} s")


def told(site: OfficeSite, people: dict[str, list[Path]], seen: Seen, bare: Cost) -> int:
    """Print what was measured, and whether anybody was lost or doubled."""
    count = sum(len(theirs) for theirs in people.values())
    with site.looking() as session:
        rows = {
            table: session.exec(select(func.count()).select_from(table)).one() for table in (Student, Photo, Consent)
        }
        states = dict(session.exec(select(Photo.state, func.count()).group_by(Photo.state)).all())
        templates = session.exec(select(func.count()).select_from(Template)).one()
        with_template = len(set(session.exec(select(Template.student_id))))
    print(f"enrolled  {seen.took_s:.1f} s: {count / seen.took_s:.1f} photos a second")
    print(f"ratio     {seen.took_s / bare.wall_s:.2f} of the bare cost")
    used = ", ".join(f"{name} {used_s:.1f} s" for name, used_s in seen.cpu_s.items())
    print(f"processor {used}; the worker's is {seen.cpu_s['enrolment'] / bare.cpu_s:.2f} of the bare cost's")
    print(f"progress  told {len(seen.steps)} times, first at {seen.steps[0][0]:.1f} s")
    print(f"report    {seen.result}")
    print(f"database  {rows[Student]} students, {rows[Photo]} photos {states}, {templates} templates")
    good = rows[Student] == len(people) and rows[Consent] <= len(people) and templates == with_template
    good = good and not states.get("pending") and rows[Photo] <= count
    print("nobody lost or doubled" if good else "WRONG: somebody was lost or doubled")
    return 0 if good else 1
