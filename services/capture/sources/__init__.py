"""Camera sources."""
