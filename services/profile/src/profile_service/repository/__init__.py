"""All SQL of the profile service: each query a function named for its result."""
