"""The disk image of a terminal, and the releases made of it."""
