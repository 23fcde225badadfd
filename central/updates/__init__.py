"""Releases of the terminals' software: kept, rolled out in stages, and handed to terminals."""
