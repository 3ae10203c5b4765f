"""The web process: REST under /api/v1, server-sent events, the kiosk page."""
