"""Keeps figures true after they were fixed: what went stale, and what that changes."""
