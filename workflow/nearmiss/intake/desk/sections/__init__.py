"""The forms by which the sections of a record are filled in at the desk."""
