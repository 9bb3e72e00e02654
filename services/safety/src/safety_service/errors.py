"""What can go wrong in safety, as its callers see it."""


class BadPolicyError(Exception):
    """The policy file is not valid; the message names the rule and what to mend."""
