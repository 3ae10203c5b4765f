"""The synthetic events of the fault tests."""

from datetime import UTC, datetime

from shared.events import FaceIdentified, FrameCaptured, LiveFace, event_id
from shared.stage import Delivery


def live_face(visit: str, kiosk_id: str, fence: int, track_id: str) -> LiveFace:
    """Somebody was alive at a kiosk."""
    now = datetime.now(UTC)
    return LiveFace(
        event_id=event_id("live_face", kiosk_id, track_id),
        kiosk_id=kiosk_id,
        captured_at=now,
        trace_id=visit,
        track_id=track_id,
        track_started_at=now,
        fence=fence,
        policy="blink",
        frame_sent_at=now,
        challenge=(),
        crops=(),
        simulated=True,
    )


def identified(delivery: Delivery) -> FaceIdentified:
    """What the recognizer of these tests always finds."""
    face = delivery.event
    assert isinstance(face, LiveFace)
    return FaceIdentified(
        **face.model_dump(
            include=set(FaceIdentified.model_fields) - {"event_id", "challenge", "crop", "passive_score"}
        ),
        event_id=event_id("face_identified", face.event_id),
        live_face_id=face.event_id,
        received_at=delivery.received_at,
        finding="match",
        asked="search",
        candidate_id=face.trace_id,
        score=0.9,
        threshold=0.5,
        margin_required=0.1,
        scope="slot",
        scope_size=1,
        crops_agreement=None,
        model_id="synthetic",
    )


def frame(visit: str, kiosk_id: str, sequence: int) -> FrameCaptured:
    """One frame of somebody who stands at a kiosk."""
    now = datetime.now(UTC)
    return FrameCaptured(
        event_id=event_id("frame", kiosk_id, sequence, visit),
        kiosk_id=kiosk_id,
        captured_at=now,
        trace_id=visit,
        sequence=sequence,
        width=8,
        height=8,
        sent_at=now,
        simulated=True,
    )
