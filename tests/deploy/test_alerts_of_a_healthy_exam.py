"""What a process exports before anything happened must ring no alert: a gauge that nobody sets reads 0."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import missing

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
SCRAPED = yaml.safe_load(RULES.with_name("prometheus.yml").read_text())["scrape_configs"][0]["static_configs"]
PROCESSES = [process for group in SCRAPED for process in group["targets"]]
_SCRAPE = """
import sys, urllib.request
from pathlib import Path
from shared.health import HealthBoard, HealthServer
from shared.settings import CommonSettings
server = HealthServer(HealthBoard(), CommonSettings(data_dir=Path(sys.argv[1])))
server.start()
print(urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics").read().decode())
server.stop()
"""


def test_processes_that_just_started_ring_no_alert(tmp_path: Path) -> None:
    series = [
        *_series(_scrape(tmp_path)),
        {"series": 'nero_database_up{job="nero",instance="ingest:9100",kind="sqlite"}', "values": "1x200"},
        *({"series": f'up{{job="nero",instance="{process}"}}', "values": "1x200"} for process in PROCESSES),
    ]
    assert len(PROCESSES) == 7
    alerts = [rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    assert alerts
    _promtool(tmp_path, series, [{"eval_time": "15m", "alertname": alert, "exp_alerts": []} for alert in alerts])


def test_ingest_without_its_database_rings(tmp_path: Path) -> None:
    series = [
        *_series(_scrape(tmp_path)),
        {"series": 'nero_database_up{job="nero",instance="ingest:9100",kind="postgresql"}', "values": "1x5 0x200"},
    ]
    (rule,) = [
        rule
        for group in yaml.safe_load(RULES.read_text())["groups"]
        for rule in group["rules"]
        if rule["alert"] == "DatabaseAway"
    ]
    rings = {"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]}
    _promtool(tmp_path, series, [{"eval_time": "2m", "alertname": "DatabaseAway", "exp_alerts": [rings]}])


def _camera(needed: int) -> list[dict[str, str]]:
    where = 'job="nero",instance="capture:9100",kiosk="A__door1"'
    return [
        {"series": f'nero_camera_state{{{where},state="lost"}}', "values": "1x200"},
        {"series": f'nero_camera_state{{{where},state="live"}}', "values": "0x200"},
        {"series": f"nero_camera_needed{{{where}}}", "values": f"{needed}x200"},
    ]


def test_a_camera_that_is_off_rings_while_its_hall_has_a_sitting_and_not_at_night(tmp_path: Path) -> None:
    labels = {"kiosk": "A__door1", "state": "lost", "severity": "page"}
    texts = {
        "summary": "The camera of A__door1 is lost",
        "action": "Look at the camera and its cable; capture opens it again by itself.",
    }
    rings = {"exp_labels": labels, "exp_annotations": texts}
    check = {"eval_time": "2m", "alertname": "CameraNotLive"}
    _promtool(tmp_path, _camera(needed=1), [{**check, "exp_alerts": [rings]}])
    _promtool(tmp_path, _camera(needed=0), [{**check, "exp_alerts": []}])


def test_a_kiosks_token_at_two_places_rings_and_at_one_does_not(tmp_path: Path) -> None:
    where = 'job="nero",instance="web:8080"'
    series = [
        {"series": f'nero_kiosk_token_places{{{where},kiosk="A__door1"}}', "values": "1x10 2 2 1x200"},
        {"series": f'nero_kiosk_token_places{{{where},kiosk="B__door1"}}', "values": "1x200"},
    ]
    texts = {
        "summary": "The token of kiosk A__door1 is used at 2 places at once",
        "action": "The page Kiosks says from where. Issue a new token or pair the screen again: the old one ends.",
    }
    rings = {"exp_labels": {"kiosk": "A__door1", "severity": "page"}, "exp_annotations": texts}
    during = {"eval_time": "1m", "alertname": "KioskTokenTwice", "exp_alerts": [rings]}
    after = {"eval_time": "10m", "alertname": "KioskTokenTwice", "exp_alerts": []}
    _promtool(tmp_path, series, [during, after])


def _scrape(data_dir: Path) -> str:
    """What a process that did nothing yet answers at /metrics."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRAPE, str(data_dir)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return "\n".join(line for line in done.stdout.splitlines() if line.startswith(("nero_", "# ")))


def _series(text: str) -> list[dict[str, str]]:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert any(sample.name == "nero_disk_free_ratio" for sample in samples)
    found = []
    for process in PROCESSES:
        for sample in samples:
            labels = {"job": "nero", "instance": process, **sample.labels}
            inside = ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items())
            found.append({"series": f"{sample.name}{{{inside}}}", "values": f"{sample.value}x200"})
    return found


def _promtool(folder: Path, series: list[dict[str, str]], expected: list[dict[str, Any]]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("promtool", "no promtool here: apt-get install prometheus")
        raise AssertionError
    test = {"interval": "5s", "input_series": series, "alert_rule_test": expected}
    document = {"rule_files": [str(RULES)], "evaluation_interval": "5s", "tests": [test]}
    (folder / "test.yml").write_text(yaml.safe_dump(document))
    done = subprocess.run(
        [promtool, "test", "rules", str(folder / "test.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
