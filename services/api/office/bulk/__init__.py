"""Bulk enrolment: an archive of photos becomes enrolled students, and a report that says of each file what became of it."""
