"""Reports: facts are read, figures are made of them, tables of those, and files of the tables."""
