"""Fixtures that every member's tests share."""

pytest_plugins = ["waymark.testing.fixtures"]
