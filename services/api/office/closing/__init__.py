"""The end of an exam in one hall: counted, reconciled, sealed; afterwards, amended."""
