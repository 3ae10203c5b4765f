"""Enrolment: photos in, a sealed template out. A job's dotted name is `services.recognizer.enrolment.enrol`, or `…enrol_many`."""

from services.recognizer.enrolment.job import enrol, enrol_many

__all__ = ["enrol", "enrol_many"]
