"""`nero demo`: a whole exam check-in on sample people, through the real services."""
