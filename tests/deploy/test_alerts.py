import ast
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
CHANGES = ("set", "inc", "dec", "observe", "time", "track_inprogress")
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


def test_every_metric_is_set_by_some_process() -> None:
    """A gauge that nobody sets is 0 for ever: an alert on it never rings, or always."""
    declared = {target.id for node in _tree("shared/metrics.py").body for target in _metric_names(node)}
    touched = {name for path in _sources() for name in _touched(path)}
    assert len(declared) > 40
    assert declared - touched == set()


def _sources() -> list[str]:
    every = [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py")]
    return [str(path.relative_to(ROOT)) for path in every if path.name != "metrics.py"]


def _tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), path)


def _metric_names(node: ast.stmt) -> list[ast.Name]:
    """Return what a statement of the metrics' file names, where it makes a metric."""
    if not (
        isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name)
    ):
        return []
    makes = node.value.func.id in ("Counter", "Gauge", "Histogram")
    return [target for target in node.targets if makes and isinstance(target, ast.Name)]


def _touched(path: str) -> set[str]:
    """Return the metrics that a file sets, counts or observes; to take a label away is neither."""
    changing = [
        node.func.value
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES
    ]
    inside = [part for receiver in changing for part in ast.walk(receiver) if isinstance(part, ast.Attribute)]
    return {part.attr for part in inside if isinstance(part.value, ast.Name) and part.value.id == "metrics"}


def known_names() -> set[str]:
    families = list(REGISTRY.collect())
    endings = ("", "_total", "_bucket", "_count", "_sum", "_created")
    return {f"{family.name}{ending}" for family in families for ending in endings}
