"""Erasing a person: the order, what each service answers, and the certificate."""
