"""What runs on one machine, as data: every process, its environment, and the order in which they stop."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.launcher.process import ProcessSpec, python_module
from services.launcher.tls import ServerCertificate

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "GLOG_minloglevel": "2",
}
"""Processes are the unit of parallelism: libraries that each take all cores only stand in each other's way."""

ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound
CAPTURE = python_module("services.capture")
CAPTURE_WITH_PEOPLE = python_module("services.launcher.people", "capture")


@dataclass(frozen=True)
class Plan:
    """One machine's stack."""

    redis_url: str
    frames_redis_url: str
    database_url: str
    data_dir: Path
    keys_dir: Path
    models_dir: Path
    models_mirror: Path | None
    host: str
    web_port: int
    ws_port: int
    health_ports: tuple[int, ...]
    """One for each process."""
    liveness_processes: int
    recognizer_processes: int
    certificate: ServerCertificate | None = None
    accept_simulated: bool = False
    capture: tuple[str, ...] = CAPTURE
    extra_env: Mapping[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Where the pages are, for somebody at this machine."""
        host = "127.0.0.1" if self.host in ANY_ADDRESS else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.web_port}"


def liveness_default(cores: int | None = None) -> int:
    """Return how many liveness workers a machine gets: one per core, but one core is left for the rest."""
    return max(1, (cores or os.cpu_count() or 1) - 1)


def process_count(liveness: int, recognizers: int) -> int:
    """Return how many processes a plan has."""
    return liveness + recognizers + 5


def processes(plan: Plan) -> list[ProcessSpec]:
    """Return every process, in the order in which they start."""
    ports = iter(plan.health_ports)
    recognizer = python_module("services.recognizer")
    wanted = [
        ("ingest", python_module("services.api", "ingest"), 3),
        ("web", python_module("services.api", "web"), 4),
        ("office", python_module("services.api", "office"), 3),
        *(
            (_numbered("recognizer", n, plan.recognizer_processes), recognizer, 2)
            for n in range(plan.recognizer_processes)
        ),
        ("enrolment", python_module("services.recognizer", "enrolment"), 2),
        *(
            (_numbered("liveness", n, plan.liveness_processes), python_module("services.liveness"), 1)
            for n in range(plan.liveness_processes)
        ),
        ("capture", plan.capture, 0),
    ]
    return [_spec(plan, name, command, rank, next(ports)) for name, command, rank in wanted]


def environment(plan: Plan) -> dict[str, str]:
    """Return what every process of the plan finds in its environment."""
    certificate = plan.certificate
    tls = (
        {
            "NERO_API__TLS_CERT": str(certificate.certificate),
            "NERO_API__TLS_KEY": str(certificate.key),
            "NERO_CAPTURE__WS_TLS_CERT": str(certificate.certificate),
            "NERO_CAPTURE__WS_TLS_KEY": str(certificate.key),
        }
        if certificate
        else {}
    )
    mirror = {"NERO_MODELS_MIRROR": str(plan.models_mirror)} if plan.models_mirror else {}
    return {
        **ONE_THREAD,
        "NERO_REDIS_URL": plan.redis_url,
        "NERO_FRAMES_REDIS_URL": plan.frames_redis_url,
        "NERO_DATABASE_URL": plan.database_url,
        "NERO_DATA_DIR": str(plan.data_dir),
        "NERO_KEYS_DIR": str(plan.keys_dir),
        "NERO_MODELS_DIR": str(plan.models_dir),
        "NERO_ACCEPT_SIMULATED": str(plan.accept_simulated).lower(),
        "NERO_METRICS_HOST": "127.0.0.1",
        "NERO_API__HOST": plan.host,
        "NERO_API__PORT": str(plan.web_port),
        "NERO_API__CAPTURE_WS_PORT": str(plan.ws_port),
        "NERO_CAPTURE__WS_HOST": plan.host,
        "NERO_CAPTURE__WS_PORT": str(plan.ws_port),
        **tls,
        **mirror,
        **plan.extra_env,
    }


def _spec(plan: Plan, name: str, command: tuple[str, ...], rank: int, port: int) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        command=command,
        env={**environment(plan), "NERO_METRICS_PORT": str(port)},
        stop_rank=rank,
        health_url=f"{plan.base_url}/health" if name == "web" else f"http://127.0.0.1:{port}/health",
    )


def _numbered(name: str, number: int, of: int) -> str:
    return name if of == 1 else f"{name}-{number + 1}"
