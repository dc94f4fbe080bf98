# SPDX-License-Identifier: Apache-2.0
"""The lab: real IKE daemons in network namespaces, and captures with a known truth."""
