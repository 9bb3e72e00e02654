"""A believable year of a programme, the same for the same seed: what `waymark demo` imports."""

from waymark.sample.files import Manifest, SampleFile, generate

__all__ = ["Manifest", "SampleFile", "generate"]
