"""Ingest: attempts and enrolments become rows, rows become outcomes on screens and views in Redis."""
