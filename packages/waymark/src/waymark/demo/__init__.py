"""A believable year sent through the gateway, and what it did, checked against what was sent."""
