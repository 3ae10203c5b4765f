"""Measure face networks on a folder of people: LFW, or one that is laid out like it.

`python -m services.recognizer.evaluate lfw|whose-face|fmr-table|enrolment --faces FOLDER [--network NAME]…`

Networks are `intel`, `dlib` and `prototype` (the path of the prototype that Nero replaces); `--network` may be
given several times, and `all` is all three, one after the other:
`python -m services.recognizer.evaluate lfw --faces ../shared/faces --network all`.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.recognizer import thresholds
from services.recognizer.adapters.deepface_network import load_deepface
from services.recognizer.adapters.openvino_network import load_intel
from services.recognizer.evaluate import report
from services.recognizer.evaluate.bands import SLOT, bands, judge_photos
from services.recognizer.evaluate.embed import Embedded, OwnPath, Way, embed_photos, photos_of
from services.recognizer.evaluate.fmr import fmr_table
from services.recognizer.evaluate.people import half_of, only
from services.recognizer.evaluate.prototype import PrototypePath
from services.recognizer.evaluate.verification import listed_pairs
from services.recognizer.evaluate.whose_face import whose_face
from services.recognizer.settings import RecognizerSettings
from services.recognizer.stage import model_cache
from shared.landmarks import open_landmarker
from shared.models import ModelCache
from shared.settings import load

NETWORKS = ("intel", "dlib", "prototype")
TABLES = Path(thresholds.__file__).parent / "tables"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print or write what was found."""
    asked = _parser().parse_args(arguments)
    settings = load(RecognizerSettings)
    for number, network in enumerate(_networks(asked.network)):
        if number:
            _print([""])
        _measure(network, asked, settings)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.recognizer.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=["lfw", "whose-face", "fmr-table", "enrolment"])
    parser.add_argument("--faces", type=Path, required=True, help="a folder with lfw/ and pairs.csv")
    parser.add_argument(
        "--network",
        choices=[*NETWORKS, "all"],
        action="append",
        help="may be given several times; all: each of them. Default: intel",
    )
    parser.add_argument("--kept", type=Path, default=Path("var/evaluate"), help="where vectors are kept between runs")
    return parser


def _networks(asked: Sequence[str] | None) -> tuple[str, ...]:
    """Return each network that was asked for, once."""
    return NETWORKS if asked and "all" in asked else tuple(dict.fromkeys(asked or NETWORKS[:1]))


def _measure(network: str, asked: argparse.Namespace, settings: RecognizerSettings) -> None:
    if network == "prototype" and asked.what in ("enrolment", "fmr-table"):
        _print([f"prototype: it has no {asked.what} of ours"])
        return
    if asked.what == "enrolment":
        _print(_enrolment_lines(network, asked.faces, settings))
        return
    embedded = _embedded(network, asked, model_cache(settings))
    budget = settings.recognizer.false_positive_budget
    if asked.what == "fmr-table":
        _write_table(network, embedded)
    elif asked.what == "whose-face":
        rule = thresholds.thresholds_of(embedded.model_id)
        _print(report.whose_face_lines(whose_face(embedded, rule, budget)))
    else:
        _print(report.verification_lines(network, embedded, listed_pairs(embedded, asked.faces / "pairs.csv")))
        if embedded.model_id in thresholds.shipped_tables():
            _print(report.identification_lines(embedded, thresholds.thresholds_of(embedded.model_id), budget))


def _embedded(network: str, asked: argparse.Namespace, cache: ModelCache) -> Embedded:
    photos = photos_of(asked.faces / "lfw")
    if not photos:
        raise SystemExit(f"nero: no photos in {asked.faces / 'lfw'}")
    return embed_photos(photos, _way(network, cache), asked.kept / f"{network}.npz", _progress)


def _way(network: str, cache: ModelCache) -> Way:
    if network == "prototype":
        return PrototypePath(cache)
    embedder = load_intel(cache) if network == "intel" else load_deepface("Dlib", cache)
    return OwnPath(open_landmarker(max_faces=3, still=True), embedder)


def _enrolment_lines(network: str, faces: Path, settings: RecognizerSettings) -> Iterable[str]:
    """Judge the photos of the tuning half: limits are set by these people, never by the others."""
    cache, rules = model_cache(settings), settings.recognizer
    embedder = load_intel(cache) if network == "intel" else load_deepface("Dlib", cache)
    photos = [photo for photo in photos_of(faces / "lfw") if half_of(photo.person) == "tuning"]
    judged = judge_photos(photos, open_landmarker(max_faces=4, still=True), embedder, _progress)
    threshold = thresholds.thresholds_of(embedder.model_id).for_search(rules.false_positive_budget, SLOT)
    return report.band_lines(bands(judged, rules.enrolment, threshold), len(photos), threshold)


def _write_table(network: str, embedded: Embedded) -> None:
    tuning = only(embedded, "tuning")
    data = "people of the LFW half whose name hashes even; all impostor cross-pairs of their photos"
    table = fmr_table(tuning, data, datetime.now(UTC).date().isoformat())
    path = TABLES / f"{network}.json"
    path.write_text(table.model_dump_json(indent=1) + "\n")
    _print([f"{path}: {len(table.rows)} rows, {table.impostor_pairs:,} impostor pairs of {table.people} people"])


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done % 1600 == 0:
        print(f"\r{done} of {total} photos", end="\n" if done >= total else "", file=sys.stderr, flush=True)  # noqa: T201


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)  # noqa: T201 - a command's answer
