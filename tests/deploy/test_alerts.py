import re
import shutil
import subprocess
from pathlib import Path

import yaml
from prometheus_client import REGISTRY

import shared.metrics  # noqa: F401 - registers every metric
from tests.conftest import missing

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "nero.json"


def test_promtool_finds_the_rules_right() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("promtool", "no promtool here: apt-get install prometheus")
        raise AssertionError
    done = subprocess.run([promtool, "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    configuration = RULES.with_name("prometheus.yml")
    done = subprocess.run(
        [promtool, "check", "config", str(configuration)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_and_dashboards_use_metrics_that_there_are() -> None:
    used = set(re.findall(r"nero_[a-z_]+", RULES.read_text() + DASHBOARD.read_text()))
    assert used
    assert used - known_names() == set()


def test_every_alert_says_what_to_do() -> None:
    alerts = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    for alert in alerts:
        assert alert["annotations"].keys() >= {"summary", "action"}, alert["alert"]
        assert alert["labels"]["severity"] in ("page", "ticket"), alert["alert"]


def test_what_the_design_asks_an_alert_for_has_one() -> None:
    text = RULES.read_text()
    for metric in (
        "nero_liveness_unavailable",
        "nero_camera_state",
        "nero_clock_skew_seconds",
        "nero_review_oldest_seconds",
        "nero_dead_letters_total",
        "nero_stream_lag_entries",
        "nero_broker_up",
        "nero_disk_free_ratio",
        "nero_broker_memory_free_ratio",
        "nero_simulated_refused_total",
    ):
        assert metric in text, metric


def known_names() -> set[str]:
    families = list(REGISTRY.collect())
    endings = ("", "_total", "_bucket", "_count", "_sum", "_created")
    return {f"{family.name}{ending}" for family in families for ending in endings}
