"""The quick way of deeds into the projection: whole messages as columns, new facts alone."""
