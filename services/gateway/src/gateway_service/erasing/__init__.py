"""Erasing logins, and signing what all services erased."""
