"""The step of the stage `ingest`: commit first, then tell the screen; the engine acknowledges last.

The database away is the stage's trouble and raised, so that the stage waits and goes on by itself;
it never sends entries to the dead letters.
"""

from collections.abc import Callable, Sequence

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.api.db.engine import writing
from services.api.ingest.attempts import record
from services.api.ingest.enrolments import record_checked, record_enrolment, record_look_alikes
from services.api.ingest.office import Arrival, Office
from services.api.ingest.outcomes import outcome_of
from services.api.ingest.practising import record_practice
from shared import faults, logs, metrics, names
from shared.broker_errors import kind_of
from shared.clock import Clock
from shared.errors import Invalid, Transient
from shared.events import (
    EnrolmentFailed,
    FaceEnrolled,
    FaceIdentified,
    LivenessFailed,
    LookAlikesFound,
    Outcome,
    PhotosChecked,
)
from shared.health import HealthBoard
from shared.kiosk_channel import KioskChannel
from shared.schedule import is_practice
from shared.stage import Delivery, Result

_log = logs.get("ingest")


class Ingest:
    """Attempts and enrolments into the database."""

    def __init__(
        self,
        engine: Engine,
        events: "Redis",
        frames: "Redis",
        office: Office,
        clock: Clock,
        health: HealthBoard,
        *,
        accept_simulated: bool,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare.

        Args:
            engine: the office's database.
            events: the events Redis, for wrapped template keys.
            frames: the frames Redis, for outcomes.
            office: what decisions are made with.
            clock: wall and monotonic time.
            health: where the database's state is said.
            accept_simulated: whether simulated people may be admitted.
            committed: called after commits that views have to follow.
        """
        self._engine = engine
        self._events = events
        self._frames = frames
        self._office = office
        self._clock = clock
        self._health = health
        self._accept_simulated = accept_simulated
        self._committed = committed
        self._done: dict[tuple[str, str], Result] = {}

    def __call__(self, batch: Sequence[Delivery]) -> Sequence[Result]:
        """Deal with each delivery in a transaction of its own.

        Raises:
            Transient: the database is away; what was done of the batch is remembered.
        """
        for delivery in batch:
            if _entry(delivery) not in self._done:
                self._done[_entry(delivery)] = self._deal(delivery)
        results = [self._done[_entry(delivery)] for delivery in batch]
        self._done.clear()
        self._committed()
        return results

    def _deal(self, delivery: Delivery) -> Result:
        try:
            self._handle(delivery)
        except IntegrityError:
            return Transient("another worker wrote the same at the same time")
        except Invalid as error:
            return error
        except (OperationalError, InterfaceError, PoolTimeoutError) as error:
            raise self._away(error) from error
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise self._away(error) from error
        self._well()
        return []

    def _handle(self, delivery: Delivery) -> None:
        event = delivery.event
        if isinstance(event, FaceIdentified) and delivery.stream != names.ATTEMPTS:
            raise Invalid(f"an identification on the stream {delivery.stream}, where the recognizer does not write")
        if isinstance(event, FaceIdentified | LivenessFailed):
            if event.simulated and not self._accept_simulated:
                _refuse_simulated(event)
                return
            received_at = event.received_at if isinstance(event, FaceIdentified) else delivery.received_at
            arrival = Arrival(event, delivery.images, received_at, self._clock.now())
            if is_practice(event.kiosk_id):
                self._practice(arrival)
            else:
                self._attempt(arrival)
        elif isinstance(event, FaceEnrolled | EnrolmentFailed):
            with writing(self._engine) as session:
                record_enrolment(session, self._events, event, self._clock.now())
                faults.point("ingest.before_commit")
            faults.point("ingest.after_commit")
        elif isinstance(event, PhotosChecked):
            with writing(self._engine) as session:
                record_checked(session, event, self._clock.now())
        elif isinstance(event, LookAlikesFound):
            with writing(self._engine) as session:
                record_look_alikes(session, event, self._clock.now())
        else:
            raise Invalid(f"{event.kind} is nothing to ingest")

    def _practice(self, arrival: Arrival) -> None:
        with writing(self._engine) as session:
            ended = record_practice(session, arrival)
            faults.point("ingest.before_commit")
        faults.point("ingest.after_commit")
        try:
            KioskChannel(self._frames, ended.kiosk_id).practice(ended)
        except RedisError as error:  # the page asks to try again
            metrics.BROKER_ERRORS.labels("frames", kind_of(error)).inc()
        _log.info("practised", trace_id=ended.trace_id, kiosk=ended.kiosk_id, result=ended.result, code=ended.code)

    def _attempt(self, arrival: Arrival) -> None:
        began_s = self._clock.monotonic_s()
        with writing(self._engine) as session:
            recorded = record(session, arrival, self._office)
            outcome = outcome_of(session, recorded.attempt, self._office.api)
            if not recorded.repeat:
                recorded.attempt.recorded_at = self._clock.now()
            faults.point("ingest.before_commit")
        faults.point("ingest.after_commit")
        self._tell(outcome)
        self._measure(arrival, outcome, recorded.repeat, self._clock.monotonic_s() - began_s)

    def _tell(self, outcome: Outcome) -> None:
        """Tell the screen. A screen without its verdict asks the invigilator; the roster stands."""
        try:
            KioskChannel(self._frames, outcome.kiosk_id).outcome(outcome)
        except RedisError as error:
            metrics.BROKER_ERRORS.labels("frames", kind_of(error)).inc()
            metrics.BROKER_UP.labels("frames").set(0)
            _log.warning("an outcome did not reach its screen", trace_id=outcome.trace_id, kiosk=outcome.kiosk_id)
        else:
            metrics.BROKER_UP.labels("frames").set(1)

    def _measure(self, arrival: Arrival, outcome: Outcome, repeat: bool, took_s: float) -> None:
        metrics.INGEST_SECONDS.observe(took_s)
        if repeat:
            metrics.VERDICT_REPEATS.inc()
        else:
            waited_s = (self._clock.now() - arrival.event.frame_sent_at).total_seconds()
            metrics.VERDICTS.labels(outcome.verdict).inc()
            metrics.CAPTURE_TO_ROSTER_SECONDS.observe(max(0.0, waited_s))
        _log.info(
            "decided",
            trace_id=outcome.trace_id,
            kiosk=outcome.kiosk_id,
            verdict=outcome.verdict,
            case=outcome.case_number,
            repeat=repeat,
            ms=round(took_s * 1000, 1),
        )

    def _away(self, error: Exception) -> Transient:
        """Say it without the statement's parameters: they hold what may not be logged."""
        reason = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
        sentence = f"the database cannot be used ({reason}); attempts wait and nothing is lost"
        metrics.DATABASE_UP.labels(self._engine.dialect.name).set(0)
        self._health.set("database", ok=False, sentence=sentence)
        return Transient(sentence)

    def _well(self) -> None:
        metrics.DATABASE_UP.labels(self._engine.dialect.name).set(1)
        self._health.set("database", ok=True, sentence="writing")


def _entry(delivery: Delivery) -> tuple[str, str]:
    """Two streams may number an entry alike: both ids are the broker's time."""
    return delivery.stream, delivery.entry_id


def _refuse_simulated(event: FaceIdentified | LivenessFailed) -> None:
    """Say it and let it go. Dead letters would stop ingest for everybody, for a source that is set up wrongly."""
    metrics.SIMULATED_REFUSED.inc()
    _log.warning("simulated people are not accepted here", trace_id=event.trace_id, kiosk=event.kiosk_id)
