"""What every Waymark service stands on: settings, log, database, bus, http, auth, health, metrics."""
