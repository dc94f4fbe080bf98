# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in the lab."""


class LabError(Exception):
    """Something the lab needs did not work, or a daemon did not do what the truth says."""


class Cancelled(Exception):
    """The user interrupted the run."""
