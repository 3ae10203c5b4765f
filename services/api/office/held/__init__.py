"""All that is held on one student, to be handed to them: rows, photos, crops, and words that say what each is."""
