"""`python -m services.recognizer` runs the stage, `python -m services.recognizer enrolment` the enrolment worker."""

import sys

from services.recognizer.processes import run_enrolment, run_stage

if __name__ == "__main__":
    sys.exit(run_enrolment() if sys.argv[1:] == ["enrolment"] else run_stage())
