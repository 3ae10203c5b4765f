"""What ingest does once in a while: let evidence and admissions go, and measure what waits."""

from datetime import datetime
from typing import cast

from sqlalchemy import Engine
from sqlmodel import col, delete, func, select

from services.api import views
from services.api.db.engine import reading, writing
from services.api.db.tables import Admission, Evidence, Review, Sitting
from services.api.ingest.views_of import ADMISSIONS_KEPT
from shared import metrics
from shared.gallery import admission_key


def tidy(engine: Engine, now: datetime) -> None:
    """Delete evidence that is past its time, and admissions to sittings that are over."""
    over = select(Admission).join(Sitting, col(Sitting.id) == Admission.sitting_id)
    over = over.where(Sitting.ends_at < now - ADMISSIONS_KEPT)
    with reading(engine) as session:
        stale = session.exec(select(Evidence.attempt_id).where(col(Evidence.delete_after) < now).limit(1)).first()
        done = session.exec(over.limit(1)).first()
    if stale is None and done is None:
        return
    with writing(engine) as session:
        session.exec(delete(Evidence).where(col(Evidence.delete_after) < now))
        for admission in session.exec(over).all():
            views.gallery_changed(session, admission_key(admission.sitting_id, admission.student_id))
            session.delete(admission)


def measure(engine: Engine, now: datetime) -> None:
    """Say how many cases wait, and how long the oldest has."""
    waiting = select(func.count(), func.min(Review.opened_at)).where(Review.state == "open", ~col(Review.listed))
    with reading(engine) as session:
        count, oldest = session.exec(waiting).one()
    metrics.REVIEWS_WAITING.set(count)
    opened_at = cast("datetime | None", oldest)
    metrics.REVIEW_OLDEST_S.set((now - opened_at).total_seconds() if opened_at else 0)
