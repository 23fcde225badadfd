"""How long each call to the centre may take."""

# How long a call may take altogether, in seconds, from the name's resolution to the answer's last byte.
LIMITS_S = {
    "healthz": 2.0,
    "case": 10.0,
    "heartbeat": 10.0,
    "key": 10.0,
    "audit": 30.0,
    "update": 10.0,
    "certificate": 15.0,
    "enrol": 30.0,
    "push": 60.0,
    "pull": 120.0,
}
CERTIFICATE_S = 25.0  # with its repetitions: a citizen stands before the screen
CERTIFICATE_RETRIES_S = (0.5, 1.5)  # waits before the same question is sent again
