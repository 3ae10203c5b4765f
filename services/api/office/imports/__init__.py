"""Imports of rosters and timetables: a table is read, what it would change is planned, and on a word applied whole."""
