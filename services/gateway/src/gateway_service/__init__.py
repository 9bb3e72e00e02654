"""The one door: tokens, who may what, and the proxy to the services."""
