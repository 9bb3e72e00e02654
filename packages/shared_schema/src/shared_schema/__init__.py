"""Waymark's tables, migrations, roles, grants and seed."""
