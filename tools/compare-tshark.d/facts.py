# SPDX-License-Identifier: Apache-2.0
"""What is known of one message."""


class Facts(dict):
    """Values by what they are of, in the order of the message; what is not there is left out."""

    def put(self, what, value):
        if value is not None and value != "":
            self[what] = str(value)
