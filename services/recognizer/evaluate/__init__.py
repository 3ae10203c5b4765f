"""Measures the whole path from image to distance on public faces, and makes the tables that thresholds come from."""
