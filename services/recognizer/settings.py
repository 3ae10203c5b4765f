"""The recognizer's settings, and enrolment's."""

from typing import Literal

from pydantic import Field

from services.recognizer.embedder import Accelerator
from shared.model_list import FACENET
from shared.settings import CommonSettings, Section
from shared.stage_settings import StageSection


class EnrolmentSection(Section):
    """What a photo must be, to become a template."""

    min_interocular_px: float = Field(
        16.0, gt=0, description="Least distance between the eyes, in pixels of the photo."
    )
    min_sharpness: float = Field(
        9.0, ge=0, description="Least variance of the Laplacian of the face, scaled to 112 pixels wide."
    )
    min_brightness: float = Field(35.0, description="Least mean luma of the face, 0 to 255.")
    max_brightness: float = Field(200.0, description="Greatest mean luma of the face, 0 to 255.")
    max_uneven_light: float = Field(
        0.6, description="Greatest difference of the face's halves in luma, as a share of their sum."
    )
    max_yaw_deg: float = Field(40.0, gt=0, description="How far the face may be turned.")
    max_pitch_deg: float = Field(35.0, gt=0, description="How far the face may be raised or lowered.")
    min_eye_aspect: float = Field(0.09, description="Least eye aspect ratio of the more open eye.")
    second_face_share: float = Field(
        0.7, gt=0, le=1, description="Another face of at least this share of the largest one's width refuses the photo."
    )
    photo_max_pixels: int = Field(25_000_000, description="Largest photo that is decoded.")
    agree_fmr: float = Field(
        1e-3, gt=0, lt=1, description="Several photos must be as alike as only this share of strangers would be."
    )


class RecognizerSection(Section):
    """Which network, whom it searches, and how sure it must be."""

    network: str = Field(
        "auto",
        description="Face network: `auto`, `intel`, or a name of DeepFace's (`Facenet`, `Dlib`, `ArcFace`, …). "
        "Once somebody is enrolled it only changes with a re-enrolment.",
    )
    facenet_sha256: str | None = Field(
        None, pattern="^[0-9a-fA-F]{64}$", description="SHA-256 of the FaceNet weights that you trust; none is pinned."
    )
    weights_sha256: dict[str, str] = Field(
        default_factory=dict, description="SHA-256 of other DeepFace networks' files, by file name (JSON)."
    )
    accelerator: Accelerator = Field(
        "cpu",
        description="What the network runs on: `cpu`, `cuda`, `openvino`, `directml`. One that is missing is an error.",
    )
    threads: int = Field(0, ge=0, description="CPU threads of the network; 0 leaves it to the runtime.")
    scope: Literal["slot", "campus"] = Field(
        "slot", description="Who is searched: everybody with a sitting in play, or everybody enrolled."
    )
    false_positive_budget: float = Field(
        0.01, gt=0, lt=1, description="Chance that a stranger is taken for anybody of the scope, per search."
    )
    look_alike_fmr: float = Field(
        1e-5,
        gt=0,
        lt=1,
        description="Two students of a slot are look-alikes when only this share of strangers is as alike: "
        "at the default about 1 in 100 of a slot of 1,000.",
    )
    verification_fmr: float = Field(
        1e-4, gt=0, lt=1, description="Chance that a stranger passes for the one whose number was typed."
    )
    practice_slot: int = Field(
        300, ge=1, description="A practice is judged as strictly as a search at a door among so many people."
    )
    admission_fmr: float = Field(1e-3, gt=0, lt=1, description="The same, against today's own admission, for re-entry.")
    agreement_fmr: float = Field(
        1e-3, gt=0, lt=1, description="Crops of one visit must be as alike as only this share of strangers would be."
    )
    crops_max: int = Field(
        3,
        ge=2,
        le=5,
        description="Crops of a visit that are compared: the best of each moment first. Each costs one embedding.",
    )
    near_yaw_deg: float = Field(20.0, gt=0, description="A crop turned no further than this is near-frontal.")
    near_pitch_deg: float = Field(
        25.0, gt=0, description="A crop raised or lowered no further than this is near-frontal."
    )
    max_yaw_deg: float = Field(
        40.0,
        gt=0,
        description="Who never faces the camera is compared by crops turned up to this; further ones never are.",
    )
    max_pitch_deg: float = Field(35.0, gt=0, description="The same, for crops raised or lowered.")
    stage: StageSection = StageSection()
    enrolment: EnrolmentSection = EnrolmentSection()

    @property
    def given_sha256(self) -> dict[str, str]:
        """The hashes that the operator vouches for, by file name."""
        facenet = {FACENET: self.facenet_sha256} if self.facenet_sha256 else {}
        return {**self.weights_sha256, **facenet}


class RecognizerSettings(CommonSettings):
    """Everything this process reads."""

    recognizer: RecognizerSection = RecognizerSection()
