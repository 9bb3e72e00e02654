"""What is held about a person: who saw it, and all of it to take away."""
