"""Health and metrics over HTTP: one sentence a component, and a status that a probe understands."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.health import HealthBoard, HealthServer
from shared.settings import CommonSettings


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[HealthBoard, str]]:
    board = HealthBoard()
    server = HealthServer(board, CommonSettings(data_dir=tmp_path))
    server.start()
    yield board, f"http://127.0.0.1:{server.port}"
    server.stop()


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def document(url: str) -> tuple[int, dict[str, Any]]:
    status, body = get(url)
    return status, json.loads(body)


def test_a_component_in_trouble_makes_the_process_unwell_and_says_why(served: tuple[HealthBoard, str]) -> None:
    board, url = served
    board.set("broker", True, "connected")
    assert document(f"{url}/health")[0] == 200
    board.set("broker", False, "the events Redis refuses writes: its disk is full")
    status, said = document(f"{url}/health")
    assert status == 503
    assert said["components"]["broker"]["sentence"] == "the events Redis refuses writes: its disk is full"


def test_a_process_in_trouble_is_still_alive(served: tuple[HealthBoard, str]) -> None:
    board, url = served
    board.set("broker", False, "away")
    assert document(f"{url}/health/live") == (200, {"ok": True})


def test_a_kiosk_that_is_gone_no_longer_counts(served: tuple[HealthBoard, str]) -> None:
    board, url = served
    board.set("kiosk:A__door1", False, "camera lost")
    board.drop("kiosk:A__door1")
    assert document(f"{url}/health") == (200, {"ok": True, "components": {}})


def test_metrics_are_served_and_the_disk_is_measured(served: tuple[HealthBoard, str]) -> None:
    _, url = served
    status, body = get(f"{url}/metrics")
    assert status == 200
    [line] = [line for line in body.decode().splitlines() if line.startswith("nero_disk_free_ratio ")]
    assert 0 < float(line.split()[1]) <= 1


def test_another_path_names_the_ones_there_are(served: tuple[HealthBoard, str]) -> None:
    status, said = document(f"{served[1]}/helth")
    assert status == 404
    assert "/health" in said["paths"]
