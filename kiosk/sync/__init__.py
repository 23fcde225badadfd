"""The line to the centre: its client, the terminal's enrolment, and the process that pushes, pulls and reports."""
