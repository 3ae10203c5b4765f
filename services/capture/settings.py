"""Capture's settings."""

from pathlib import Path

from pydantic import Field, model_validator

from shared.settings import CommonSettings, Section


class CaptureSection(Section):
    """Cameras, what of them is sent, and browsers as cameras."""

    fps_active: float = Field(
        15.0, gt=0, le=60, description="Frames sent a second while a face is in view or something moves."
    )
    fps_idle: float = Field(2.0, gt=0, le=60, description="Frames sent a second while nothing moves.")
    fps_look: float = Field(5.0, gt=0, le=60, description="Looks for motion a second while nothing moves.")
    active_hold_s: float = Field(2.0, ge=0, description="How long the active rate lasts after the last face or motion.")
    motion_threshold: float = Field(
        8.0, gt=0, description="Change of a thumbnail's pixel, in grey levels (0-255), that counts as motion there."
    )
    motion_share: float = Field(
        0.004,
        gt=0,
        le=1,
        description="Share of the thumbnail's pixels that must change for the picture to count as moving.",
    )
    max_width: int = Field(
        640, ge=160, le=3840, description="Widest frame sent, in pixels; wider ones are scaled down."
    )
    jpeg_quality: int = Field(85, ge=30, le=100, description="JPEG quality of frames sent.")
    max_image_pixels: int = Field(9_000_000, ge=10_000, description="Largest picture taken from a camera, in pixels.")
    max_image_bytes: int = Field(
        5_000_000, ge=10_000, description="Largest encoded picture taken from a camera, in bytes."
    )

    ring_s: float = Field(2.0, gt=0, description="How long frames are kept for a worker that is behind, in seconds.")
    ring_bytes: int = Field(8_000_000, ge=100_000, description="Most bytes of frames kept per kiosk.")
    in_order_timeout_s: float = Field(
        30.0, gt=0, description="How long footage on its own clock waits for one frame to be handled before it says so."
    )

    device_width: int = Field(640, ge=160, description="Width asked of a device (webcam), in pixels.")
    device_height: int = Field(480, ge=120, description="Height asked of a device (webcam), in pixels.")
    device_fps: float = Field(30.0, gt=0, description="Frame rate asked of a device (webcam).")
    device_fallback: bool = Field(
        True,
        description="Whether a device index that does not open may be replaced by another of 0 to 3 that no kiosk names.",
    )
    open_timeout_s: float = Field(5.0, gt=0, description="How long opening an RTSP or HTTP camera may take.")
    lost_after_s: float = Field(3.0, gt=0, description="Silence after which a camera counts as lost.")
    hung_after_s: float = Field(
        10.0, gt=0, description="Time within one call of a camera's driver after which it is abandoned."
    )
    frozen_after_s: float = Field(
        10.0, gt=0, description="Time of identical pictures after which a camera counts as frozen."
    )
    black_after_s: float = Field(
        2.0, gt=0, description="Time of dark, even pictures after which a camera counts as black."
    )
    backoff_min_s: float = Field(0.5, gt=0, description="First wait before a lost camera is opened again.")
    backoff_max_s: float = Field(10.0, gt=0, description="Longest wait before a lost camera is opened again.")

    folder_fps: float = Field(5.0, gt=0, le=60, description="Pictures a second from a folder of images.")

    ws_host: str = Field("127.0.0.1", description="Address on which browsers' webcams are taken, over WebSocket.")
    ws_port: int = Field(0, ge=0, le=65535, description="Port of the same; 0: browsers' webcams are not taken.")
    ws_tls_cert: Path | None = Field(None, description="Certificate (PEM) with which the WebSocket speaks TLS.")
    ws_tls_key: Path | None = Field(None, description="Private key (PEM) of that certificate.")
    ws_origins: tuple[str, ...] = Field(
        (),
        description="Origins of pages that may send a webcam, such as `https://exam.example`; empty: any page that has the token.",
    )
    ws_max_fps: float = Field(
        30.0, gt=0, le=1000, description="Pictures a second taken from one browser; more are dropped."
    )
    ws_max_image_bytes: int = Field(1_000_000, ge=10_000, description="Largest picture taken from a browser, in bytes.")
    ws_auth_timeout_s: float = Field(5.0, gt=0, description="Time in which a browser must show its kiosk's token.")
    ws_max_refused: int = Field(30, ge=1, description="Bad pictures in a row after which a browser is disconnected.")
    ws_ping_s: float = Field(2.0, gt=0, description="How often a browser's clock is measured.")
    max_clock_skew_s: float = Field(
        5.0,
        ge=0,
        description="Most that a frame's time may differ from its receipt after the browser's clock is corrected; it is clamped.",
    )
    skew_alarm_s: float = Field(
        2.0, gt=0, description="Clock skew of a browser or of this node that is logged as a warning."
    )

    @model_validator(mode="after")
    def _fits(self) -> "CaptureSection":
        if self.fps_idle > self.fps_active:
            raise ValueError("fps_idle is more than fps_active")
        if (self.ws_tls_cert is None) != (self.ws_tls_key is None):
            raise ValueError("ws_tls_cert and ws_tls_key belong together: give both or neither")
        if self.backoff_min_s > self.backoff_max_s:
            raise ValueError("backoff_min_s is more than backoff_max_s")
        return self


class CaptureSettings(CommonSettings):
    """Everything that capture reads."""

    capture: CaptureSection = CaptureSection()
