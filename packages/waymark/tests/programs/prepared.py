"""Preparation that has nothing to do; WORD is what the services say."""

WORD = b"old"
