"""The touchscreen: draws the views of :mod:`kiosk.stage` with Kivy, and gives the citizen's answers back."""
