"""Every metric of every process, with its meaning. Dashboards and alerts use nothing else.

Seconds and bytes are base units, as Prometheus asks. Labels have few values: a kiosk, a reason, a
stream; never a student.
"""

from types import MappingProxyType

from prometheus_client import Counter, Gauge, Histogram

_FAST_S = (0.0005, 0.001, 0.002, 0.004, 0.006, 0.008, 0.012, 0.016, 0.024, 0.033, 0.066, 0.1, 0.25, 1)
"""For the work on one frame: from a JPEG's 0.6 ms to two frames at 15 fps."""
_STAGE_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 3, 8)
"""For a step and for the whole way: the goal is 150 ms, the bound 250 ms, the screen gives up at 8 s."""
_WAIT_S = (5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600)
"""For what waits for a person: it rings after a minute."""
_JOB_S = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)
_SCORE = (-0.2, 0, 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9)

# capture
FRAMES_READ = Counter("nero_frames_read_total", "Frames read from a camera.", ["kiosk"])
FRAMES_SENT = Counter("nero_frames_sent_total", "Frames published to the frames Redis.", ["kiosk"])
FRAMES_UNSENT = Counter(
    "nero_frames_unsent_total", "Frames not published, by reason: still, pace, bad_image, broker.", ["kiosk", "reason"]
)
CAMERA_STATE = Gauge(
    "nero_camera_state", "1 for the state a camera is in: live, frozen, black, lost.", ["kiosk", "state"]
)
CAMERA_NEEDED = Gauge("nero_camera_needed", "1 while a sitting is in play in a kiosk's hall.", ["kiosk"])
CAMERA_FPS = Gauge("nero_camera_fps", "Frames per second really read from a camera.", ["kiosk"])
CAMERA_RECONNECTS = Counter("nero_camera_reconnects_total", "Times a camera was opened again.", ["kiosk"])
IMAGES_REFUSED = Counter(
    "nero_images_refused_total", "Images from outside that were refused, by door and reason.", ["door", "reason"]
)
WEBCAM_CONNECTIONS = Gauge("nero_webcam_connections", "Browser webcams connected.")
WEBCAM_REFUSED = Counter(
    "nero_webcam_refused_total", "Browser webcams refused, by reason: token, origin, replaced, protocol.", ["reason"]
)
CLOCK_SKEW = Gauge("nero_clock_skew_seconds", "A node's or a browser's clock minus the server's.", ["origin"])
CLOCK_CLAMPED = Counter("nero_clock_clamped_total", "Times that had to be clamped to the server's receipt.", ["origin"])

# liveness
FRAMES_SKIPPED = Counter(
    "nero_frames_skipped_total", "Frames liveness never looked at, by reason: behind, undecodable.", ["kiosk", "reason"]
)
FRAMES_HANDLED = Counter("nero_frames_handled_total", "Frames liveness looked at.", ["kiosk"])
FRAME_SECONDS = Histogram(
    "nero_frame_seconds", "Liveness's work on one frame, by part: decode, landmarks, decide.", ["part"], buckets=_FAST_S
)
FACES_IN_VIEW = Gauge("nero_faces_in_view", "Faces in a kiosk's last frame.", ["kiosk"])
CHALLENGES = Counter(
    "nero_challenges_total",
    "Challenges ended, each try for itself, by policy and result: met, or the reason of the failure.",
    ["policy", "result"],
)
CHALLENGE_SECONDS = Histogram(
    "nero_challenge_seconds",
    "Frame time from a face served to its challenge met.",
    buckets=(0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30),
)
LIVENESS_UNAVAILABLE = Gauge(
    "nero_liveness_unavailable",
    "1 while a kiosk's landmarks cannot work (missing or broken): it sends people to the invigilator; * is every kiosk.",
    ["kiosk"],
)
RESULTS_DROPPED = Counter(
    "nero_results_dropped_total",
    "Results of liveness that could not be told in time, by kind of event: the person is asked again.",
    ["kind"],
)
LEASES_HELD = Gauge("nero_leases_held", "Kiosks that this worker serves.")
LEASE_CHANGES = Counter(
    "nero_lease_changes_total", "Leases by what happened: taken, given_up, lost, refused_emit.", ["change"]
)

# recognizer and enrolment
IDENTIFICATIONS = Counter(
    "nero_identifications_total", "Live faces by what was found and how it was asked.", ["finding", "asked"]
)
MATCH_SCORE = Histogram(
    "nero_match_score", "Cosine similarity of the best candidate, by finding.", ["finding"], buckets=_SCORE
)
EMBED_SECONDS = Histogram("nero_embed_seconds", "One call of the face network, whatever the batch.", buckets=_STAGE_S)
EMBED_BATCH = Histogram(
    "nero_embed_batch_faces", "Faces in one call of the face network.", buckets=(1, 2, 3, 4, 5, 8, 12, 16, 24, 32, 64)
)
SEARCH_SECONDS = Histogram("nero_search_seconds", "One exact search of the permitted scope.", buckets=_FAST_S)
SCOPE_SIZE = Gauge("nero_scope_size", "Students in the scope of the last search.")
GALLERY_SIZE = Gauge(
    "nero_gallery_templates", "Templates in memory, by kind: student, admission, other_model, unreadable.", ["kind"]
)
GALLERY_VERSION = Gauge("nero_gallery_version", "Version of the gallery view that is in memory.")
MODEL_INFO = Gauge("nero_model_info", "1 for the models in use.", ["role", "model"])
ENROLMENTS = Counter(
    "nero_enrolments_total", "Enrolment jobs ended, by result: enrolled, or the first refusal.", ["result"]
)
ENROLMENT_SECONDS = Histogram("nero_enrolment_seconds", "One enrolment job.", buckets=_JOB_S)
OFFICE_JOBS = Counter("nero_office_jobs_total", "Office jobs ended, by kind and how: done, failed.", ["kind", "state"])
MAILS = Counter("nero_mails_total", "Mails tried, by what came of it: sent, waiting (tried again), failed.", ["result"])
OFFICE_JOB_SECONDS = Histogram("nero_office_job_seconds", "One office job, by kind.", ["kind"], buckets=_JOB_S)

# durable streams
STAGE_EVENTS = Counter(
    "nero_stage_events_total",
    "Entries a stage dealt with, by result: done, retried, dead, duplicate, expired (trimmed before it was done).",
    ["stage", "result"],
)
STAGE_SECONDS = Histogram(
    "nero_stage_seconds", "One batch of a durable stage, from read to acknowledge.", ["stage"], buckets=_STAGE_S
)
STREAM_LAG = Gauge("nero_stream_lag_entries", "Entries that a group has not read yet.", ["stream", "group"])
STREAM_PENDING = Gauge(
    "nero_stream_pending_entries", "Entries that a group has read and not acknowledged.", ["stream", "group"]
)
STREAM_OLDEST_S = Gauge(
    "nero_stream_oldest_pending_seconds", "Age of the oldest entry that is not acknowledged.", ["stream", "group"]
)
REDELIVERIES = Counter(
    "nero_redeliveries_total", "Entries delivered again: reclaimed from a dead worker, or tried again.", ["stream"]
)
DEAD_LETTERS = Counter("nero_dead_letters_total", "Entries given up, with their reason kept beside them.", ["stream"])
DEAD_LETTERS_KEPT = Gauge("nero_dead_letters_kept", "Dead letters waiting for a person.", ["stream"])
BROKER_UP = Gauge("nero_broker_up", "1 while this process reaches a Redis: frames, events.", ["redis"])
BROKER_ERRORS = Counter(
    "nero_broker_errors_total",
    "Failures of Redis, by kind: connection, timeout, full, loading, nogroup, other.",
    ["redis", "kind"],
)
BROKER_MEMORY_FREE = Gauge(
    "nero_broker_memory_free_ratio", "Free share of a Redis's maxmemory; 1 where it has no limit.", ["redis"]
)
DISK_FREE = Gauge("nero_disk_free_ratio", "Free share of the disk that holds the data directory.")

# office
VERDICTS = Counter("nero_verdicts_total", "Verdicts committed, by kind.", ["verdict"])
PRACTICES = Counter("nero_practices_total", "Practices that ended, by what the student was told.", ["result"])
VERDICT_REPEATS = Counter(
    "nero_verdict_repeats_total", "Events that came again and were answered with the stored verdict."
)
CAPTURE_TO_ROSTER_SECONDS = Histogram(
    "nero_capture_to_roster_seconds", "From the deciding frame's publication to the committed row.", buckets=_STAGE_S
)
INGEST_SECONDS = Histogram("nero_ingest_seconds", "Deciding and committing one attempt.", buckets=_STAGE_S)
REVIEWS_WAITING = Gauge("nero_reviews_waiting", "Review items that no person has settled yet.")
REVIEW_OLDEST_S = Gauge("nero_review_oldest_seconds", "Age of the oldest review item that waits.")
REVIEW_WAIT_SECONDS = Histogram("nero_review_wait_seconds", "From a review item to its decision.", buckets=_WAIT_S)
DATABASE_UP = Gauge(
    "nero_database_up", "1 while ingest reaches the database; the label keeps it away where nobody sets it.", ["kind"]
)
VIEW_VERSION = Gauge("nero_view_version", "Version of a view that ingest published last: schedule, gallery.", ["view"])
SIGN_INS = Counter("nero_sign_ins_total", "Sign-ins by result: ok, refused, throttled.", ["result"])
KIOSK_PLACES = Gauge(
    "nero_kiosk_token_places", "Places at which a kiosk's token is used at the same time; one is right.", ["kiosk"]
)
LIVE_PAGES = Gauge("nero_live_pages", "Pages that follow live events, by kind: kiosk, sitting.", ["kind"])
SIMULATED_REFUSED = Counter(
    "nero_simulated_refused_total", "Events of simulated people refused because this is no rehearsal."
)

# web's requests, counted by prometheus-fastapi-instrumentator, which declares these itself
WEB_REQUESTS = MappingProxyType(
    {
        "http_requests_total": "Requests answered, by method, status and route.",
        "http_request_size_bytes": "Length of what was sent, by route.",
        "http_response_size_bytes": "Length of what was answered, by route.",
        "http_request_duration_seconds": "Time to answer, by method and route, in few buckets.",
        "http_request_duration_highr_seconds": "Time to answer any request, in many buckets.",
    }
)
