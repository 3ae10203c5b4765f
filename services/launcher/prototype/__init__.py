"""What the prototype left: its SQLite database, read for the last time."""
