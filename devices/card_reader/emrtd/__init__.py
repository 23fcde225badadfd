"""Machine readable travel documents with a chip (ICAO Doc 9303 parts 10 to 12): passports, permits, identity cards."""
