"""Liveness's settings."""

from pydantic import Field

from services.liveness.hints import Needs
from shared.settings import CommonSettings, Section


class LivenessSection(Section):
    """Where a face must be, how good it must be, and how results leave."""

    oval_x: float = Field(0.5, ge=0, le=1, description="Middle of the oval, as a share of the frame's width.")
    oval_y: float = Field(0.5, ge=0, le=1, description="Middle of the oval, as a share of the frame's height.")
    oval_width: float = Field(0.5, gt=0, le=1, description="Width of the oval, as a share of the frame's width.")
    oval_height: float = Field(0.7, gt=0, le=1, description="Height of the oval, as a share of the frame's height.")
    least_interocular_px: float = Field(
        30.0, gt=0, description="Smallest distance between the eyes, in pixels of the frame."
    )
    least_brightness: float = Field(
        45.0, ge=0, le=255, description="Darkest face that is checked: its mean luma, 0 to 255."
    )
    most_brightness: float = Field(
        225.0, ge=0, le=255, description="Brightest face that is checked: its mean luma, 0 to 255."
    )
    least_sharpness: float = Field(
        12.0, ge=0, description="Least sharp face that is checked (variance of the Laplacian)."
    )
    max_faces: int = Field(3, ge=1, le=8, description="Most faces looked for in one frame.")
    crop_width_px: int = Field(224, ge=112, le=640, description="Widest face crop that is sent on.")
    crop_jpeg_quality: int = Field(92, ge=60, le=100, description="JPEG quality of the crops.")
    repeat_prompt_s: float = Field(1.0, gt=0, le=4, description="How often an unchanged prompt is told again.")
    retry_model_s: float = Field(2.0, gt=0, description="How often a missing or broken landmark model is tried again.")
    schedule_every_s: float = Field(0.5, gt=0, description="How often the schedule is looked at for changes.")
    max_image_pixels: int = Field(9_000_000, ge=10_000, description="Largest frame that is decoded, in pixels.")

    @property
    def needs(self) -> Needs:
        """What a face must be like."""
        return Needs(
            oval_x=self.oval_x,
            oval_y=self.oval_y,
            oval_width=self.oval_width,
            oval_height=self.oval_height,
            least_interocular_px=self.least_interocular_px,
            least_brightness=self.least_brightness,
            most_brightness=self.most_brightness,
            least_sharpness=self.least_sharpness,
        )


class LivenessSettings(CommonSettings):
    """Everything that liveness reads."""

    liveness: LivenessSection = LivenessSection()
