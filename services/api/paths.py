"""Paths of the web part that other parts name."""

OUTCOME_PHOTO = "/api/v1/kiosks/{kiosk_id}/outcomes/{event_id}/photo"
"""The enrolled photo of the student of one attempt at this kiosk, for its screen while the outcome is held."""
