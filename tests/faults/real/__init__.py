"""Check-ins through the real recognizer and ingest, as processes that crash at named points (see `__main__`)."""
