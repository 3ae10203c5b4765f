"""Every key and stream name in Redis, in one place. (F) frames Redis, (E) events Redis."""

FACES = "faces"
"""(E) Live faces, from liveness to the recognizer."""
ATTEMPTS = "attempts"
"""(E) Identifications, to ingest. Only the recognizer may write it (deploy/redis/events.acl)."""
FAILURES = "failures"
"""(E) Liveness failures, to ingest. A stream of its own, so that liveness need not be let write `attempts`."""
ENROLLED = "enrolled"
"""(E) Results of enrolment, to ingest."""
DURABLE_STREAMS = (FACES, ATTEMPTS, FAILURES, ENROLLED)

RECOGNIZER_GROUP = "recognizer"
INGEST_GROUP = "ingest"

SCHEDULE = "view:schedule"
"""(E) Hash: `version`, `document` (`shared.schedule`)."""
GALLERY_ENTRIES = "view:gallery:entries"
"""(E) Hash: gallery key -> sealed template (`shared.gallery`)."""
GALLERY_CHANGES = "view:gallery:changes"
"""(E) Sorted set: gallery key -> version at which it last changed or went."""
GALLERY_VERSION = "view:gallery:version"
"""(E) Counter."""
GALLERY_META = "view:gallery:meta"
"""(E) Hash: `epoch` (a rebuild has a new one), `model_id`."""
TEMPLATE_KEYS = "keys:template"
"""(E) Hash: student id -> wrapped template key. Never beside the ciphertext it opens."""

LIVENESS_WORKERS = "liveness:workers"
"""(E) Sorted set: worker -> the broker's time (ms) at which it last said that it lives."""


def models_told(service: str) -> str:
    """(E) Hash: machine -> which models the service uses there, and which files it lacks (`shared.models_told`)."""
    return f"models:{service}"


def dead(stream: str) -> str:
    """(E) The dead letters of `stream`."""
    return f"{stream}.dead"


def dead_run(group: str) -> str:
    """(E) Dead letters that `group` made in a row; a success ends the run."""
    return f"stage:{group}:dead_run"


def frames(kiosk_id: str) -> str:
    """(F) The kiosk's ring of frames."""
    return f"frames:{kiosk_id}"


def frames_done(kiosk_id: str) -> str:
    """(F) Sequence number of the last frame handled, for footage that is played in order."""
    return f"frames:{kiosk_id}:done"


def prompts(kiosk_id: str) -> str:
    """(F) Pub/sub channel; the same name with `:last` keeps the last prompt."""
    return f"prompts:{kiosk_id}"


def outcomes(kiosk_id: str) -> str:
    """(F) Pub/sub channel; the same name with `:last` keeps the last outcome for its hold time."""
    return f"outcomes:{kiosk_id}"


def last(channel: str) -> str:
    """(F) Where a channel's last message is kept for late joiners."""
    return f"{channel}:last"


def ask(kiosk_id: str) -> str:
    """(F) A student number typed at the kiosk, for liveness to take; expires."""
    return f"ask:{kiosk_id}"


def aim(kiosk_id: str) -> str:
    """(F) Somebody aims this camera now: liveness says what it measures. Expires."""
    return f"aim:{kiosk_id}"


def screens(kiosk_id: str) -> str:
    """(F) Hash: the pages that use the kiosk's token -> where and since when. Expires."""
    return f"screens:{kiosk_id}"


def screens_trouble(kiosk_id: str) -> str:
    """(F) There while a kiosk's token is used at two places at once; expires."""
    return f"screens:{kiosk_id}:trouble"


def camera(kiosk_id: str) -> str:
    """(F) Hash of the camera's state, written by capture, expires when capture dies."""
    return f"camera:{kiosk_id}"


def lease(kiosk_id: str) -> str:
    """(E) Who serves this kiosk's liveness."""
    return f"lease:{kiosk_id}"


def fence(kiosk_id: str) -> str:
    """(E) Counter that only grows: the fence of the newest lease."""
    return f"fence:{kiosk_id}"


def enrolment_photo(photo_id: str) -> str:
    """(E) An encrypted photo on its way to the enrolment worker; expires."""
    return f"photo:{photo_id}"
