"""Whether a proof of life is what the office asks for at this door.

Liveness follows the schedule, a view that may be old, lost or wrong; what admits somebody is held
against the database itself, so that no policy is ever waived by what an event says of itself.
"""

from datetime import datetime
from typing import cast

from sqlmodel import Session, col, select

from services.api.attendance.rules import before_opens
from services.api.db.tables import Kiosk, RosterEntry, Sitting
from services.api.settings import ApiSection
from shared.events import FaceIdentified, Policy
from shared.schedule import strictest


def required(session: Session, kiosk: Kiosk, t: datetime, api: ApiSection) -> Policy | None:
    """Return the strictest policy of a kiosk and of its hall's sittings in play at `t`; None: nothing is in play."""
    seated_here = select(RosterEntry.sitting_id).where(RosterEntry.hall_id == kiosk.hall_id)
    here = session.exec(
        select(Sitting.policy).where(
            Sitting.state != "cancelled",
            Sitting.opens_at <= t + before_opens(api),
            Sitting.ends_at >= t,
            col(Sitting.id).in_(seated_here),
        )
    ).all()
    own = [kiosk.policy] if kiosk.policy else []
    return strictest(cast("list[Policy]", [*here, *own])) if here else None


def fits(event: FaceIdentified, policy: Policy | None) -> bool:
    """Tell whether what was asked, and what was seen done, is enough for `policy`."""
    if policy is None:
        return True
    done = {step.action for step in event.challenge}
    asked_enough = strictest([event.policy, policy]) == event.policy
    blinked = policy == "off" or "blink" in done
    varied = policy != "challenge" or len(done) >= 2
    return asked_enough and blinked and varied
