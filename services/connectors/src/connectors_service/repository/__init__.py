"""All SQL of this service, each statement a function named for its result."""
