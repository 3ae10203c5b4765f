"""Films for Chromium's fake camera: a sample person who walks up, blinks and goes, again and again."""

from pathlib import Path

from services.launcher.people.script import Script, WalkUp
from services.launcher.people.stage import Stage, load_portraits
from shared.images import encode_jpeg
from shared.landmarks import open_landmarker

FPS = 30
"""What Chromium plays an MJPEG file at."""
ROOM_S, STAY_S = 1.0, 6.0


def film(photo: str, path: Path) -> Path:
    """Write the film of one person, one visit long; Chromium plays it in a loop."""
    visit = WalkUp(photo=photo, behaviour="blink", stay_max_s=STAY_S, pause_before_s=ROOM_S)
    script = Script(walkups=(visit,), end="last_frame", seed=7)
    landmarker = open_landmarker(None, max_faces=1, still=True)
    stage = Stage(script, load_portraits(script, Path(), landmarker.find))
    with path.open("wb") as out:
        for number in range(int((ROOM_S + STAY_S + 1.5) * FPS)):
            out.write(encode_jpeg(stage.picture(number / FPS), 85))
    return path
