"""How everything is, over REST: capture by its machines, the models by who loads them, the database."""

from pathlib import Path
from typing import Any

import pytest

from services.api.web.deps import Deps
from shared.kiosk_channel import CameraStatus, KioskChannel
from shared.model_list import FACENET, INTEL_XML
from shared.models import ModelCache
from shared.models_told import FACE_FILES, LANDMARK_FILES, ModelInUse, ModelsTeller
from tests.api_web.conftest import As

LIVE = CameraStatus(state="live", fps=10, last_frame_at=None)


@pytest.fixture
def tellers(deps: Deps, tmp_path: Path) -> dict[str, ModelsTeller]:
    """The services, as they tell of their models from a machine that has no file."""
    cache, files = ModelCache(tmp_path / "models"), {**FACE_FILES, **LANDMARK_FILES}
    return {
        service: ModelsTeller(deps.events, service, cache, LANDMARK_FILES if service == "liveness" else files)
        for service in ("liveness", "recognizer", "enrolment")
    }


def test_nobody_who_says_anything_leaves_the_models_empty(admin: As) -> None:
    assert _parts(admin, "models") == {}


def test_the_models_in_use_stand_with_their_services(admin: As, tellers: dict[str, ModelsTeller]) -> None:
    for service in ("recognizer", "enrolment"):
        tellers[service](ModelInUse(task="face", model="deepface:Dlib:1"))
    for service in ("liveness", "enrolment"):
        tellers[service](ModelInUse(task="landmarks", model="mp.solutions"))
    parts = _parts(admin, "models")
    face, landmarks = parts["deepface:Dlib:1"], parts["mp.solutions"]
    assert (face["level"], face["code"], face["values"]["services"]) == ("good", "model_face", "enrolment, recognizer")
    assert (landmarks["code"], landmarks["values"]["services"]) == ("model_landmarks", "enrolment, liveness")
    missing = parts[INTEL_XML]
    assert (missing["level"], missing["code"]) == ("unneeded", "file_unneeded")
    assert missing["values"]["disables"] == "Intel's face network"


def test_a_service_without_its_model_says_why_and_which_files_it_needs(
    admin: As, tellers: dict[str, ModelsTeller]
) -> None:
    tellers["recognizer"](ModelInUse(task="face", problem="no face network's files are here"))
    parts = _parts(admin, "models")
    assert (parts["face"]["level"], parts["face"]["code"]) == ("bad", "no_face")
    assert parts["face"]["values"]["problem"] == "no face network's files are here"
    assert (parts[FACENET]["level"], parts[FACENET]["code"]) == ("bad", "file_missing")


def test_two_face_networks_at_once_are_in_doubt(admin: As, tellers: dict[str, ModelsTeller]) -> None:
    tellers["recognizer"](ModelInUse(task="face", model="deepface:Dlib:1"))
    tellers["enrolment"](ModelInUse(task="face", model="openvino:intel:2"))
    parts = _parts(admin, "models")
    assert {parts[name]["code"] for name in ("deepface:Dlib:1", "openvino:intel:2")} == {"model_face_differs"}


def test_capture_is_heard_of_by_the_cameras_of_each_machine(admin: As, deps: Deps, exam_day: int) -> None:
    for kiosk, node in (("A__door1", "left"), ("A__door2", "left"), ("B__door1", "right")):
        admin.make("/kiosks", id=kiosk, hall=kiosk[0], capture_node=node)
    KioskChannel(deps.frames, "A__door1").camera(LIVE)
    parts = _parts(admin, "services")
    left, right = parts["capture · left"], parts["capture · right"]
    assert (left["level"], left["values"]["count"], left["values"]["all"]) == ("warn", 1, 2)
    assert (right["level"], right["code"]) == ("bad", "capture_silent")


def test_the_database_says_what_it_is(admin: As) -> None:
    database = _parts(admin, "stores")["database"]
    assert (database["level"], database["values"]["kind"]) == ("good", "SQLite")


def _parts(admin: As, group: str) -> dict[str, Any]:
    found = admin("GET", "/system").json()["parts"]
    return {part["name"]: part for part in found if part["group"] == group}
