"""Every Waymark event, versioned and typed: pydantic only, no I/O."""
