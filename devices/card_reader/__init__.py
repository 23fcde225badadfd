"""Card readers: PC/SC documents and the resident card through a SAM module."""
