"""What the services say of themselves at /metrics, summed up as numbers that can be subtracted."""

import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from services.launcher.process import ProcessSpec

_TIMEOUT_S = 5.0
_CPU = "process_cpu_seconds_total"
_SENT, _HANDLED = "nero_frames_sent_total", "nero_frames_handled_total"
STAGES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "liveness: decode": ("nero_frame_seconds", {"part": "decode"}),
    "liveness: landmarks": ("nero_frame_seconds", {"part": "landmarks"}),
    "liveness: decide": ("nero_frame_seconds", {"part": "decide"}),
    "recognizer: embed": ("nero_embed_seconds", {}),
    "recognizer: search": ("nero_search_seconds", {}),
    "recognizer: whole step": ("nero_stage_seconds", {"stage": "recognizer"}),
    "ingest: decide and commit": ("nero_ingest_seconds", {}),
    "capture to roster": ("nero_capture_to_roster_seconds", {}),
}
"""Histograms by the name that the report gives them."""


Totals = Mapping[str, float]


@dataclass(frozen=True)
class Counters:
    """Totals since the processes began."""

    cpu_s: Totals = field(default_factory=dict)
    """By process."""
    sent: float = 0.0
    handled: float = 0.0
    stage_s: Totals = field(default_factory=dict)
    stage_count: Totals = field(default_factory=dict)

    def since(self, before: "Counters") -> "Counters":
        """Return what was added."""
        return Counters(
            _difference(self.cpu_s, before.cpu_s),
            self.sent - before.sent,
            self.handled - before.handled,
            _difference(self.stage_s, before.stage_s),
            _difference(self.stage_count, before.stage_count),
        )

    def stage_ms(self) -> dict[str, float]:
        """Return each stage's mean milliseconds; stages in which nothing happened are left out."""
        return {
            name: round(self.stage_s[name] * 1000 / count, 2) for name, count in self.stage_count.items() if count > 0
        }


def read_counters(specs: Mapping[str, ProcessSpec], servers: Mapping[str, Redis]) -> Counters:
    """Read every process's metrics, and the Redis servers' own count of CPU seconds."""
    total = Counters(cpu_s={name: _redis_cpu_s(client) for name, client in servers.items()})
    for name, spec in specs.items():
        if spec.health_url is not None:
            total = _with_process(total, name, _fetch(spec.health_url.removesuffix("/health") + "/metrics"))
    return total


def _with_process(total: Counters, name: str, text: str) -> Counters:
    cpu_s, stage_s, stage_count = (
        defaultdict(float, totals) for totals in (total.cpu_s, total.stage_s, total.stage_count)
    )
    sent, handled = total.sent, total.handled
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            cpu_s[name] += sample.value if sample.name == _CPU else 0
            sent += sample.value if sample.name == _SENT else 0
            handled += sample.value if sample.name == _HANDLED else 0
            for stage in _stages_of(sample.name, sample.labels):
                (stage_s if sample.name.endswith("_sum") else stage_count)[stage] += sample.value
    return Counters(cpu_s, sent, handled, stage_s, stage_count)


def _stages_of(name: str, labels: Mapping[str, str]) -> list[str]:
    return [
        stage
        for stage, (metric, wanted) in STAGES.items()
        if name in (f"{metric}_sum", f"{metric}_count") and all(labels.get(k) == v for k, v in wanted.items())
    ]


def _fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - our own http address
        return str(answer.read().decode())


def _redis_cpu_s(client: Redis) -> float:
    info = client.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def _difference(after: Totals, before: Totals) -> Totals:
    return {name: value - before.get(name, 0.0) for name, value in after.items()}
