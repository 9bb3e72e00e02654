"""Webhooks: checked and stored before they are answered, then loaded as rows like a file's."""
