"""Who is in: the verdict table, the roster as a projection of attempts, people's decisions, the audit chain."""
