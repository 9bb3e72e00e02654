"""What can be imported, said well enough to write files and documentation from it."""
