"""What every Waymark service stands on: settings, log, database, events, http, auth, metrics."""
