"""The pinned list: every model file that Nero may load, its hash, licence, and where it comes from.

The hash is of the file as it is loaded, after unpacking. A file without one (`sha256=None`) is loaded
only under a hash that the operator gives by the setting named in `hash_setting`: nothing loads unchecked.
"""

from dataclasses import dataclass
from typing import Literal

_DEEPFACE = "https://github.com/serengil/deepface_models/releases/download/v1.0/"
_DEEPFACE_BACKUP = "https://huggingface.co/serengil/deepface/resolve/main/"
_INTEL = "https://storage.openvinotoolkit.org/repositories/open_model_zoo/2023.0/models_bin/1/face-reidentification-retail-0095/FP16/"
_SFACE = "https://github.com/opencv/opencv_zoo/raw/main/models/face_recognition_sface/"
_MEDIAPIPE = "https://storage.googleapis.com/mediapipe-models/"
_DEEPFACE_FOLDER = ".deepface/weights"
_ANY_HASH = "NERO_RECOGNIZER__WEIGHTS_SHA256"

FACENET = "facenet_weights.onnx"
DLIB = "dlib_face_recognition_resnet_model_v1.dat"
INTEL_XML = "face-reidentification-retail-0095.xml"
INTEL_BIN = "face-reidentification-retail-0095.bin"
FACE_LANDMARKER = "face_landmarker.task"
MINIFASNET_V2 = "2.7_80x80_MiniFASNetV2.onnx"
MINIFASNET_V1SE = "4_0_0_80x80_MiniFASNetV1SE.onnx"


@dataclass(frozen=True)
class ModelFile:
    """One file: what it must hash to, and its sources in the order they are tried after the mirror folder."""

    name: str
    sha256: str | None
    size_mb: float
    licence: str
    disables: str
    """What its absence disables."""
    urls: tuple[str, ...]
    carried_by: tuple[str, str] | None = None
    """A pip package that carries it, and the path inside."""
    folder: str = ""
    """Where in the cache: DeepFace looks in a folder of its own."""
    packed: Literal["", "bz2"] = ""
    """How the official download is compressed."""
    hash_setting: str | None = None


def _zoo(name: str, size_mb: float, licence: str, network: str, hash_setting: str = _ANY_HASH) -> ModelFile:
    return ModelFile(
        name=name,
        sha256=None,
        size_mb=size_mb,
        licence=licence,
        disables=f"face network {network}",
        urls=(_DEEPFACE + name, _DEEPFACE_BACKUP + name),
        folder=_DEEPFACE_FOLDER,
        hash_setting=hash_setting,
    )


MODELS: tuple[ModelFile, ...] = (
    ModelFile(
        name=INTEL_XML,
        sha256="ce53d2c9c08c0bd1c1660fb8a5b6d0e3e4ec19eb92f1036d2d83a85e83082dce",
        size_mb=0.4,
        licence="Apache-2.0",
        disables="Intel's face network",
        urls=(_INTEL + INTEL_XML,),
    ),
    ModelFile(
        name=INTEL_BIN,
        sha256="241229ca3d206321868d46ce74a3c0b06c49cea58db7dc70b2e842ff287545d1",
        size_mb=2.2,
        licence="Apache-2.0",
        disables="Intel's face network",
        urls=(_INTEL + INTEL_BIN,),
    ),
    ModelFile(
        name=DLIB,
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        size_mb=22.5,
        licence="CC0-1.0",
        disables="dlib's face network",
        urls=(f"https://dlib.net/files/{DLIB}.bz2",),
        carried_by=("face_recognition_models", f"models/{DLIB}"),
        folder=_DEEPFACE_FOLDER,
        packed="bz2",
    ),
    # No official hash of FaceNet's weights was to be had when this list was made.
    _zoo(FACENET, 91.0, "MIT", "FaceNet (128-d)", "NERO_RECOGNIZER__FACENET_SHA256"),
    ModelFile(
        name=FACE_LANDMARKER,
        sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        size_mb=3.8,
        licence="Apache-2.0",
        disables="landmarks where MediaPipe has no mp.solutions",
        urls=(_MEDIAPIPE + "face_landmarker/face_landmarker/float16/1/" + FACE_LANDMARKER,),
    ),
    ModelFile(
        name=MINIFASNET_V2,
        sha256="4d533c71825cf11fa55b9e923fe352abcfde79d1320ff046442978bf5d179480",
        size_mb=1.7,
        licence="Apache-2.0",
        disables="passive check against screens and prints",
        urls=(_DEEPFACE + MINIFASNET_V2, _DEEPFACE_BACKUP + MINIFASNET_V2),
        folder=_DEEPFACE_FOLDER,
    ),
    ModelFile(
        name=MINIFASNET_V1SE,
        sha256="45aa3c8a6cc608bca2b80f4d5fabb0c710d50729b22acada7d1909276b889334",
        size_mb=1.7,
        licence="Apache-2.0",
        disables="passive check against screens and prints",
        urls=(_DEEPFACE + MINIFASNET_V1SE, _DEEPFACE_BACKUP + MINIFASNET_V1SE),
        folder=_DEEPFACE_FOLDER,
    ),
)

ON_REQUEST: tuple[ModelFile, ...] = (
    _zoo("facenet512_weights.onnx", 94.0, "MIT", "Facenet512"),
    _zoo("arcface_weights.onnx", 137.0, "MIT", "ArcFace"),
    _zoo("vgg_face_weights.onnx", 580.0, "CC-BY-NC-4.0", "VGG-Face"),
    _zoo("openface_weights.onnx", 15.0, "Apache-2.0", "OpenFace"),
    _zoo("deepid_weights.onnx", 2.0, "MIT", "DeepID"),
    _zoo("ghostfacenet_v1.onnx", 17.0, "MIT", "GhostFaceNet"),
    _zoo("VGGFace2_DeepFace_weights_val-0.9034.onnx", 550.0, "MIT", "DeepFace"),
    ModelFile(
        name="face_recognition_sface_2021dec.onnx",
        sha256=None,
        size_mb=38.7,
        licence="Apache-2.0",
        disables="face network SFace",
        urls=(_SFACE + "face_recognition_sface_2021dec.onnx",),
        folder=_DEEPFACE_FOLDER,
        hash_setting=_ANY_HASH,
    ),
)
"""DeepFace's other networks: taken only when a setting names one."""

DEEPFACE_FILES: dict[str, str] = {
    "Facenet": FACENET,
    "Dlib": DLIB,
    "Facenet512": "facenet512_weights.onnx",
    "ArcFace": "arcface_weights.onnx",
    "VGG-Face": "vgg_face_weights.onnx",
    "OpenFace": "openface_weights.onnx",
    "DeepID": "deepid_weights.onnx",
    "GhostFaceNet": "ghostfacenet_v1.onnx",
    "DeepFace": "VGGFace2_DeepFace_weights_val-0.9034.onnx",
    "SFace": "face_recognition_sface_2021dec.onnx",
}
"""DeepFace's name of a face network -> the one file that it loads."""
