"""Enrolment: photos in, a sealed template out. The job's dotted name is `services.recognizer.enrolment.enrol`."""

from services.recognizer.enrolment.job import enrol

__all__ = ["enrol"]
