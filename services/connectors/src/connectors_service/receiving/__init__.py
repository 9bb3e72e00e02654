"""An upload while it arrives: read as a stream, inspected, stored in compressed chunks."""
