"""Commands of the updates app."""
