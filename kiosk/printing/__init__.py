"""Printing: from a document to paper, exactly once; acceptance slips; what became of every copy."""

from kiosk.printing.delivery import Certificate, CertificateRefused, Desk
from kiosk.printing.slips import Slip, SlipLayout, SlipPress

__all__ = ["Certificate", "CertificateRefused", "Desk", "Slip", "SlipLayout", "SlipPress"]
