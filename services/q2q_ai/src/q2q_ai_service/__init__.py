"""Turns cleared texts into outcome scores, or says why it cannot."""
