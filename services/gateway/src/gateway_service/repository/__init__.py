"""All of the gateway's SQL, one noun a file; every function is named for its result."""
