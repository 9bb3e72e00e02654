"""Who is one person: merging, taking a merge back, and what either would change."""
