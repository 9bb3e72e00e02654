"""Bytes as partners send them, read into records: nothing here knows a dataset or a database."""
