"""What liveness says of a camera that is well aimed."""

from shared.events import Aim, AimNeeds

NEEDS = AimNeeds(
    least_interocular_px=30,
    good_interocular_px=60,
    most_width=0.75,
    least_brightness=45,
    most_brightness=225,
    least_sharpness=12,
    good_sharpness=120,
    most_yaw_deg=38,
    most_pitch_deg=35,
)
GOOD = Aim(
    frame_width_px=640,
    frame_height_px=480,
    x=0.35,
    y=0.2,
    width=0.3,
    height=0.5,
    interocular_px=85,
    brightness=128,
    sharpness=140,
    yaw_deg=2,
    pitch_deg=-3,
    roll_deg=1,
    backlit=False,
    hint=None,
    needs=NEEDS,
)
