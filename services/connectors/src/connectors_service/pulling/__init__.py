"""Pages of partners' APIs: fetched with care, stored as they came, loaded like any file."""
