"""The office's long work: RQ jobs that read the database, tell how far they are, and leave files to fetch."""
