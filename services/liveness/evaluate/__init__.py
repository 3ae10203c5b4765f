"""How well blinks and turns are found on annotated clips: `python -m services.liveness.evaluate --footage DIR`."""
