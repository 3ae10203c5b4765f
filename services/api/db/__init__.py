"""The office's database: tables, engine and migrations."""
