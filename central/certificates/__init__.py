"""Certificates: what registers say of a citizen, on paper, signed, and verifiable by anybody."""
