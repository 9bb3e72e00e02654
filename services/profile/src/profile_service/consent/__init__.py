"""What people allow: purposes as data, what their statements come to, and what follows from it."""
