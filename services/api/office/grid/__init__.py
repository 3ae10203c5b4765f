"""The master grid: a row per student and sitting, read in pages, edited in place, saved all or nothing."""
