"""Enrolment: photos in, a sealed template out. A job's dotted name is `services.recognizer.enrolment.enrol`, `…enrol_many` or `…look`."""

from services.recognizer.enrolment.job import enrol, enrol_many, look

__all__ = ["enrol", "enrol_many", "look"]
