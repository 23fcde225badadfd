"""The demo: centre, line, terminal and virtual hardware from one command. Never part of a release."""
