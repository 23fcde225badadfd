"""The base of every message between a terminal and the centre: frozen, nothing extra, bytes as base64.

Errors of validation do not quote what they found: it may be a citizen's.
"""

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """A frozen message model; unknown fields are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64", hide_input_in_errors=True
    )
