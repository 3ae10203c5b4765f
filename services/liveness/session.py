"""One kiosk: who is served, what is asked of them, and what became of it. Pure: it knows no Redis and no model."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from services.liveness.check import Check, Failed, Passed
from services.liveness.decision import Decision, FailedForGood, Frame, Report, Tried
from services.liveness.hints import Needs, in_oval
from services.liveness.screen import screen_of
from services.liveness.tracks import Ended, Track, Tracker, TrackRules, overlap
from services.liveness.visits import MOST_FAILURES, Visit, Visits
from shared.events import ATTACK_REASONS, NumberAsk, Policy

__all__ = ["Decision", "FailedForGood", "Frame", "Report", "Session", "Tried"]
_OVERLAPS = 0.05
"""Share of the smaller face under another from which the check pauses."""
_PAUSED_MOST_S = 8.0


@dataclass
class Session:
    """One kiosk's state, for as long as one worker holds its lease."""

    new_track_id: Callable[[], str]
    new_trace_id: Callable[[], str]
    rng: random.Random
    needs: Needs = field(default_factory=Needs)
    track_rules: TrackRules = field(default_factory=TrackRules)

    def __post_init__(self) -> None:
        self.tracker = Tracker(self.new_track_id, self.track_rules)
        self.visits = Visits(self.new_trace_id)
        self.serving: Track | None = None
        self.check: Check | None = None
        self.tried: list[Tried] = []
        """The challenges that ended; whoever counts them takes them out."""
        self._last_s: float | None = None
        self._paused_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether somebody is in a challenge now."""
        return self.check is not None and self.check.stage in ("do", "settle")

    @property
    def listens(self) -> bool:
        """Whether a typed number has somebody that it belongs to: who is served, or was a moment ago."""
        return self.visits.current is not None

    def step(self, frame: Frame) -> Decision:
        """Take one frame."""
        reports: list[Report] = []
        passed_s = 0.0 if self._last_s is None else max(0.0, frame.t_s - self._last_s)
        self._last_s = frame.t_s
        for ended in self.tracker.update(frame.t_s, frame.seen, frame.size):
            reports += self._ended(ended, frame.t_s)
        if frame.policy is None:
            self._let_go()
        else:
            reports += self._serve(frame, frame.policy, passed_s)
        reports += self._owed(self.visits.expire(frame.t_s))
        screen = screen_of(self, frame)
        if frame.last:
            reports += self.finish(frame.t_s)
        return Decision(screen, reports)

    def finish(self, t_s: float) -> list[Report]:
        """End everything: the footage is over, or this worker stops."""
        reports = [report for ended in self.tracker.end_all() for report in self._ended(ended, t_s)]
        return reports + self._owed(self.visits.end())

    def abandon(self) -> list[Report]:
        """End everything without a pass: no frame has come for so long that nobody can be called present."""
        self.tracker.end_all()
        self._let_go()
        return self._owed(self.visits.end())

    def not_told(self, trace_id: str, attempt: int, t_s: float) -> None:
        """Begin a visit again whose result never reached the office."""
        visit = self.visits.current
        if visit is not None and visit.settled and (visit.trace_id, visit.attempt) == (trace_id, attempt):
            self._begin_again(visit, t_s)

    def _serve(self, frame: Frame, policy: Policy, passed_s: float) -> list[Report]:
        reports = self._choose(frame, policy)
        if frame.ask is not None:
            reports += self._number(frame.ask, frame)
        track, check, visit = self.serving, self.check, self.visits.current
        if track is None or check is None or visit is None:
            return reports
        if check.policy != policy and check.stage in ("position", "do"):
            check.policy = policy
            check.begin_again(frame.t_s)
        if track.last.t_s != frame.t_s:
            return reports  # not found in this frame; the track may still go on
        visit.last_seen_s = frame.t_s
        if self.covered_by(track) is not None:
            return reports + self._pause(check, visit, passed_s)
        self._paused_s = 0.0
        if track.last.steady and not track.doubtful:
            visit.look = track.last.appearance
        result = check.step(track.last, track.doubtful, frame.size, frame.cut)
        return reports + self._take(result, check, visit, frame.t_s)

    def _choose(self, frame: Frame, policy: Policy) -> list[Report]:
        """Keep serving who is served while they stay in the oval; else take the nearest face in it."""
        if self.serving is not None:
            if in_oval(self.serving.last, frame.size, self.needs, self.needs.stay):
                return []
            self._let_go()
        inside = [
            track
            for track in self.tracker.tracks
            if track.last.t_s == frame.t_s and track.last.steady and in_oval(track.last, frame.size, self.needs)
        ]
        if not inside:
            return []
        track = max(inside, key=lambda track: track.last.box.width)
        visit, over = self.visits.arrive(track.track_id, frame.t_s, policy, track.last.appearance)
        visit.track_id, visit.track_started_s, visit.policy = track.track_id, track.started_s, policy
        self.serving = track
        self.check = Check(policy, self.rng, frame.t_s, self.needs)
        return self._owed(over)

    def covered_by(self, served: Track) -> Track | None:
        """Return a face that overlaps the served one now, if one does."""
        others = (track for track in self.tracker.tracks if track is not served and track.last.t_s == served.last.t_s)
        return next((track for track in others if overlap(track.last.box, served.last.box) > _OVERLAPS), None)

    def _pause(self, check: Check, visit: Visit, passed_s: float) -> list[Report]:
        if check.stage not in ("do", "settle"):
            return []
        check.pause(passed_s)
        self._paused_s += passed_s
        if self._paused_s < _PAUSED_MOST_S:
            return []
        self._paused_s = 0.0
        return self._take(Failed("two_faces", check.crops.best()), check, visit, visit.last_seen_s)

    def _take(self, result: Passed | Failed | None, check: Check | None, visit: Visit, t_s: float) -> list[Report]:
        """Count a result, and report it if it settles the visit."""
        if result is None:
            return []
        policy = check.policy if check is not None else visit.policy
        self.tried.append(Tried(policy, "met" if isinstance(result, Passed) else result.reason))
        if isinstance(result, Failed):
            visit.failures += 1
            visit.reason = result.reason
            visit.evidence = result.evidence or visit.evidence
            if visit.failures < MOST_FAILURES and result.reason not in ATTACK_REASONS and result.reason != "unable":
                return []
            if check is not None:
                check.stage = "failed"
        visit.settled = True
        told = result if isinstance(result, Passed) else visit.failed_for_good()
        return [visit.report(told, policy, t_s - check.began_s if check is not None else 0.0)]

    def _number(self, ask: NumberAsk, frame: Frame) -> list[Report]:
        """Take a typed number: it is checked against the face, or goes to a person at once.

        It belongs to the visit, so it outlasts a track that breaks and a step aside to the keypad.
        """
        visit, check = self.visits.current, self.check
        if visit is None:
            return []
        if visit.settled:
            self._begin_again(visit, frame.t_s)
        visit.claimed_student_id = ask.student_id
        visit.last_seen_s = frame.t_s
        if not ask.unable:
            return []
        evidence = None
        if check is not None and self.serving is not None:
            evidence = check.crops.best() or check.look(frame.cut, self.serving.last)
        return self._take(Failed("unable", evidence), check, visit, frame.t_s)

    def _begin_again(self, visit: Visit, t_s: float) -> None:
        """Let a visit that had its verdict have another."""
        visit.attempt += 1
        visit.settled, visit.failures = False, 0
        if self.check is not None:
            self.check.begin_again(t_s)

    def _ended(self, ended: Ended, t_s: float) -> list[Report]:
        if ended.track is not self.serving:
            return []
        check, visit = self.check, self.visits.current
        self._let_go()
        if check is None or visit is None:
            return []
        if ended.reason == "face_changed":
            self.visits.end()
            if check.stage in ("do", "settle"):
                return self._take(Failed("face_changed", check.crops.best()), check, visit, t_s)
            return self._owed(visit)
        if ended.reason == "unsure":
            return []  # whoever it is begins anew, with the count there is
        return self._take(check.leave(), check, visit, t_s)

    def _let_go(self) -> None:
        self.serving = self.check = None
        self._paused_s = 0.0

    def _owed(self, visit: Visit | None) -> list[Report]:
        """Report who failed, or typed a number, and left without a verdict."""
        if visit is None or not visit.owes_a_failure:
            return []
        visit.settled = True
        return [visit.report(visit.failed_for_good(), visit.policy)]
