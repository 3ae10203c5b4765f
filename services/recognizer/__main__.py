"""`python -m services.recognizer` runs the stage; with `enrolment`, the enrolment worker; with `models`, it fetches models."""

import sys

from services.recognizer.models_command import run_models
from services.recognizer.processes import run_enrolment, run_stage

RUNS = {(): run_stage, ("enrolment",): run_enrolment, ("models",): run_models}

if __name__ == "__main__":
    run = RUNS.get(tuple(sys.argv[1:]))
    sys.exit(run() if run else f"nero: there is no {' '.join(sys.argv[1:])!r} here: give nothing, enrolment or models")
