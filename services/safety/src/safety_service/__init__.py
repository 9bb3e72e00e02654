"""Screens what people write by a versioned policy, and queues what a person must look at."""
