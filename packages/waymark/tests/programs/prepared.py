"""Preparation that has nothing to do."""
