"""Print, per clip, frame rate and phase, which annotated blinks and turns were found, missed, or made up."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from services.liveness.evaluate.clips import Clip, follow, frame_rate, frames, read_clips, thinned
from services.liveness.evaluate.score import Score, read_actions, score
from shared.errors import Unavailable
from shared.landmarks import Landmarker, TasksLandmarker, open_landmarker, quiet_stderr

RATES_FPS = (30.0, 15.0, 10.0)


def main() -> int:
    """Run the evaluation; 1 if a blink was missed or made up at 15 fps or more, or a turn at any rate."""
    arguments = _arguments()
    try:
        failed = [_evaluate(clip, _opener(arguments.tasks_model)) for clip in read_clips(arguments.footage)]
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return int(any(failed))


def _evaluate(clip: Clip, open_one: Callable[[], Landmarker]) -> bool:
    fps = frame_rate(clip.path)
    pictures = list(frames(clip.path))
    failed = False
    for wanted in RATES_FPS:
        for kept in thinned(len(pictures), fps, wanted):
            landmarker = open_one()
            result = score(read_actions(follow([pictures[i] for i in kept], landmarker)), clip)
            landmarker.close()
            failed |= _is_bad(result, clip, wanted)
            sys.stdout.write(f"{_line(clip, fps / kept.step, kept.start, result)}\n")
            sys.stdout.flush()
    return failed


def _is_bad(result: Score, clip: Clip, wanted_fps: float) -> bool:
    false, turns_false = ((), ()) if clip.mixed else (result.false_s, result.turns_false)
    return bool((result.missed_s or false) and wanted_fps >= 15) or bool(result.turns_missed or turns_false)


def _line(clip: Clip, fps: float, phase: int, result: Score) -> str:
    told = f"{clip.path.name:42} {fps:5.1f} fps phase {phase}: {result.found:2} of {len(clip.blinks_s):2} blinks"
    told += f", {result.turns_found} of {len(clip.turns)} turns" if clip.turns else ""
    told += f", missed {list(result.missed_s)}" if result.missed_s else ""
    told += f", not annotated {list(result.false_s)}" if result.false_s else ""
    told += f", turns missed {[turn.yaw_deg for turn in result.turns_missed]}" if result.turns_missed else ""
    return told + (f", turns not annotated {list(result.turns_false)}" if result.turns_false else "")


def _opener(tasks_model: Path | None) -> Callable[[], Landmarker]:
    if tasks_model is None:
        return open_landmarker

    def open_tasks() -> Landmarker:
        with quiet_stderr():
            return TasksLandmarker(tasks_model)

    return open_tasks


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.liveness.evaluate", description=__doc__)
    parser.add_argument("--footage", type=Path, required=True, help="folder of clips with annotations.json")
    parser.add_argument("--tasks-model", type=Path, help="use MediaPipe Tasks with this model instead of mp.solutions")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
