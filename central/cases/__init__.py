"""Cases (办件): from acceptance to delivery."""
