/*
 * ikescope: why an IPsec negotiation stalled, read from a packet capture.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_IKESCOPE_H
#define IKESCOPE_IKESCOPE_H

#include <ikescope/analysis.h>
#include <ikescope/dissect.h>
#include <ikescope/limits.h>
#include <ikescope/model.h>
#include <ikescope/names.h>
#include <ikescope/natsearch.h>
#include <ikescope/reference.h>
#include <ikescope/types.h>
#include <ikescope/writers.h>

#endif
