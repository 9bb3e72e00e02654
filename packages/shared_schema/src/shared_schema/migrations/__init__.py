"""The history of the schema; each version is frozen SQL beside its number."""
