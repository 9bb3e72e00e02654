"""The dated reference values that figures assume: shown, entered, changed and ended by admins."""
