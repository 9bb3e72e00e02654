"""Rows that were refused or wait: judged again from what is kept of them."""
