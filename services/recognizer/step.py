"""From live faces to whose they are. No stream is read or acknowledged here: the engine does that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from services.recognizer.embedder import Embedder
from services.recognizer.follower import GalleryFollower
from services.recognizer.fusion import agreement, fuse, tells_a_story
from services.recognizer.matching import NOBODY, Ranking, against, judge, rank, twin_of
from services.recognizer.probes import Limits, Pose, Probe, live_face_of, probes_of
from services.recognizer.settings import RecognizerSection
from services.recognizer.thresholds import Thresholds
from services.recognizer.vectors import Vector, Vectors
from shared import logs, metrics, names
from shared.errors import Invalid
from shared.events import FaceIdentified, Finding, LiveFace, event_id
from shared.schedule import Schedule, ScheduleStore, is_practice
from shared.stage import Delivery, Handoff, Result

_log = logs.get("recognizer")


@dataclass(frozen=True)
class _Asked:
    """One live face on its way through the batch."""

    delivery: Delivery
    face: LiveFace
    probes: list[Probe]


@dataclass(frozen=True)
class _Compared:
    """What a comparison gave."""

    ranking: Ranking
    threshold: float
    margin: float
    scope: str
    too_many: bool = False
    """More were searched than the network's table can speak for."""


class Identify:
    """The step: everything that waits goes through the network in one call."""

    def __init__(
        self,
        embedder: Embedder,
        thresholds: Thresholds,
        gallery: GalleryFollower,
        schedules: ScheduleStore,
        settings: RecognizerSection,
    ) -> None:
        self._embedder = embedder
        self._thresholds = thresholds
        self._gallery = gallery
        self._schedules = schedules
        self._settings = settings
        self._limits = Limits(
            near=Pose(settings.near_yaw_deg, settings.near_pitch_deg),
            outer=Pose(settings.max_yaw_deg, settings.max_pitch_deg),
            crops_max=settings.crops_max,
        )

    def __call__(self, batch: Sequence[Delivery]) -> Sequence[Result]:
        """Return one `FaceIdentified` for each live face, or `Invalid` for what is none."""
        self._gallery.refresh()
        schedule = self._schedules.read()
        asked = [self._ask(delivery) for delivery in batch]
        vectors = iter(self._embed([probe for one in asked if isinstance(one, _Asked) for probe in one.probes]))
        return [
            one if isinstance(one, Invalid) else [self._answer(one, list(islice(vectors, len(one.probes))), schedule)]
            for one in asked
        ]

    def _ask(self, delivery: Delivery) -> "_Asked | Invalid":
        try:
            face = live_face_of(delivery)
        except Invalid as error:
            return error
        return _Asked(delivery, face, probes_of(face, delivery.images, self._embedder.template, self._limits))

    def _embed(self, probes: Sequence[Probe]) -> Vectors:
        if not probes:
            return np.zeros((0, self._embedder.dims), np.float32)
        metrics.EMBED_BATCH.observe(len(probes))
        with metrics.EMBED_SECONDS.time():
            return self._embedder.embed([probe.chip for probe in probes])

    def _answer(self, asked: _Asked, vectors: Sequence[Vector], schedule: Schedule) -> Handoff:
        face = asked.face
        if not self._usable(asked):
            compared, probe, agreed = self._nothing_compared(face), None, None
            finding: Finding = "no_usable_crop"
        else:
            rows = np.stack(vectors)
            probe, agreed = fuse(rows, [p.crop.quality.score for p in asked.probes]), agreement(rows)
            compared = self._compare(face, probe, schedule)
            finding = self._finding(face, compared, agreed, schedule)
        event = self._event(asked, compared, probe, agreed, finding, schedule)
        _report(event)
        if is_practice(face.kiosk_id):
            return Handoff(names.ATTEMPTS, event)  # no picture of a practice goes on
        return Handoff(names.ATTEMPTS, event, [p.jpeg for p in asked.probes[:1]] or asked.delivery.images[:1])

    def _usable(self, asked: _Asked) -> bool:
        """A challenge is bound to one person by crops of more than one of its moments; without one, one crop will do."""
        story = tells_a_story([probe.crop for probe in asked.probes])
        return bool(asked.probes) and (story or asked.face.policy == "off")

    def _compare(self, face: LiveFace, probe: Vector, schedule: Schedule) -> _Compared:
        if is_practice(face.kiosk_id):
            return self._compare_practice(face.kiosk_id, probe, schedule)
        searched = self._search(face, probe, schedule)
        if face.claimed_student_id is None:
            return searched
        compared = self._compare_with(face.claimed_student_id, probe)
        ranking = against(compared.ranking, searched.ranking, enough=compared.threshold, threshold=searched.threshold)
        return replace(compared, ranking=ranking)

    def _search(self, face: LiveFace, probe: Vector, schedule: Schedule) -> _Compared:
        scope = schedule.slot(face.captured_at) if self._settings.scope == "slot" else None
        with metrics.SEARCH_SECONDS.time():
            ranking = rank(*self._gallery.enrolled.search(probe, scope))
        metrics.SCOPE_SIZE.set(ranking.size)
        budget = self._settings.false_positive_budget
        threshold = self._thresholds.for_search(budget, ranking.size)
        too_many = not self._thresholds.resolve(budget, ranking.size)
        return _Compared(ranking, threshold, self._thresholds.margin, self._settings.scope, too_many)

    def _compare_with(self, student_id: str, probe: Vector) -> _Compared:
        template = self._gallery.enrolled.get(student_id)
        ranking = NOBODY if template is None else Ranking(student_id, float(template @ probe), size=1)
        return _Compared(ranking, self._thresholds.at_fmr(self._settings.verification_fmr), 0.0, "student")

    def _compare_practice(self, kiosk_id: str, probe: Vector, schedule: Schedule) -> _Compared:
        """Compare with the one who practises, as strictly as a search at a door would; never with anybody else."""
        kiosk = schedule.kiosk(kiosk_id)
        compared = self._compare_with((kiosk and kiosk.practice_student_id) or "", probe)
        threshold = self._thresholds.for_search(self._settings.false_positive_budget, self._settings.practice_slot)
        return replace(compared, threshold=threshold)

    def _nothing_compared(self, face: LiveFace) -> _Compared:
        scope = "student" if _of_one(face) else self._settings.scope
        return _Compared(NOBODY, self._thresholds.ceiling, self._thresholds.margin, scope)

    def _finding(self, face: LiveFace, compared: _Compared, agreed: float | None, schedule: Schedule) -> Finding:
        if _of_one(face) and compared.ranking.candidate is None:
            return "no_template"
        return judge(
            compared.ranking,
            compared.threshold,
            compared.margin,
            agreeing=agreed is None or agreed >= self._thresholds.at_fmr(self._settings.agreement_fmr),
            to_a_person=compared.too_many or twin_of(compared.ranking.candidate, schedule.look_alikes) is not None,
        )

    def _event(
        self,
        asked: _Asked,
        compared: _Compared,
        probe: Vector | None,
        agreed: float | None,
        finding: Finding,
        schedule: Schedule,
    ) -> FaceIdentified:
        face, ranking = asked.face, compared.ranking
        admission = self._admission_score(face, ranking.candidate, probe, schedule)
        practice = is_practice(face.kiosk_id)
        sealed = None if practice else self._sealed(finding, ranking.candidate, probe)
        return FaceIdentified(
            **_of_track(face),
            event_id=event_id("face_identified", face.event_id),
            live_face_id=face.event_id,
            received_at=asked.delivery.received_at,
            finding=finding,
            asked="number" if _of_one(face) else "search",
            candidate_id=ranking.candidate,
            score=ranking.score,
            runner_up_id=ranking.runner_up,
            runner_up_score=ranking.runner_up_score,
            threshold=compared.threshold,
            margin_required=compared.margin,
            scope=compared.scope,
            scope_size=ranking.size,
            crops_agreement=agreed,
            admission_score=admission,
            admission_threshold=None if admission is None else self._thresholds.at_fmr(self._settings.admission_fmr),
            model_id=self._embedder.model_id,
            probe=sealed,
            crop=None if practice else asked.probes[0].crop if asked.probes else next(iter(face.crops), None),
        )

    def _sealed(self, finding: Finding, candidate: str | None, probe: Vector | None) -> bytes | None:
        """Only a match leaves its template behind, for it becomes today's admission."""
        if finding != "match" or candidate is None or probe is None:
            return None
        return self._gallery.seal_for(candidate, probe)

    def _admission_score(
        self, face: LiveFace, candidate: str | None, probe: Vector | None, schedule: Schedule
    ) -> float | None:
        if candidate is None or probe is None:
            return None
        in_play = [sitting.sitting_id for sitting in schedule.in_play(face.captured_at)]
        admission = self._gallery.admission(candidate, in_play)
        return None if admission is None else float(admission @ probe)


def _of_one(face: LiveFace) -> bool:
    """Whether the face is compared with one person: a number was typed, or somebody practises."""
    return face.claimed_student_id is not None or is_practice(face.kiosk_id)


def _of_track(face: LiveFace) -> dict[str, Any]:
    """Return what is handed on of the live face as it is."""
    same = (
        "kiosk_id", "captured_at", "trace_id", "track_id", "track_started_at", "fence", "policy",
        "frame_sent_at", "claimed_student_id", "simulated", "challenge", "passive_score",
    )  # fmt: skip
    return {name: getattr(face, name) for name in same}


def _report(event: FaceIdentified) -> None:
    metrics.IDENTIFICATIONS.labels(event.finding, event.asked).inc()
    if event.score is not None:
        metrics.MATCH_SCORE.labels(event.finding).observe(event.score)
    _log.info(
        "identified",
        trace_id=event.trace_id,
        kiosk=event.kiosk_id,
        finding=event.finding,
        asked=event.asked,
        score=event.score,
        threshold=round(event.threshold, 4),
        scope_size=event.scope_size,
    )
