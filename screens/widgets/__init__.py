"""The few kinds of widget that every screen is made of."""
