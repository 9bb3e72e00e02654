"""Erasing a person from facts, texts, files, webhooks and refused rows."""
