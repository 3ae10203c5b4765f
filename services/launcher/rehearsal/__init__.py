"""`nero rehearse`: an exam from a folder, played through the real services."""
