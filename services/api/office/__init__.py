"""What the office does: every rule lives here, below REST and pages alike."""
