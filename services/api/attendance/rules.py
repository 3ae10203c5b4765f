"""The office's settings, as the projection takes them."""

from datetime import timedelta

from services.api.attendance.projection import Rules
from services.api.settings import ApiSection


def rules_of(api: ApiSection) -> Rules:
    """Return the rules that the settings set."""
    return Rules(timedelta(seconds=api.repeat_interval_s), timedelta(minutes=api.other_door_min))


def before_opens(api: ApiSection) -> timedelta:
    """Return how long before its check-in opens a sitting comes into play."""
    return timedelta(minutes=api.in_play_before_opens_min)
