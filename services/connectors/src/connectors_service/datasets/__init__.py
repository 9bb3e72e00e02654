"""Each dataset as data: its fields, its record, its rules between fields, its facts."""
