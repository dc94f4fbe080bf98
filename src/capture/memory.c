/*
 * A capture from memory, on the way that a file takes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/memory.h"

#include "capture/reader.h"

enum { BUFFER_LEAST = 4096, BUFFER_MOST = 65536 };

enum ik_capture_result ik_capture_memory(const uint8_t *data, size_t len, const char *name,
                                         const struct ik_capture_sink *sink)
{
	size_t buffer = len < BUFFER_LEAST ? BUFFER_LEAST : len > BUFFER_MOST ? BUFFER_MOST : len;
	struct ikescope_capture_info info = {.file = name};
	enum ik_capture_result result = IK_CAPTURE_STOPPED;
	struct ikescope_capture_stats stats;
	struct ik_stream stream;
	struct ik_reader *r;
	uint32_t capture = 0;
	bool passed_over, complete;

	ik_stream_on_memory(&stream, data, len);
	r = ik_reader_open(&stream, name, buffer, false, sink, &passed_over);
	if (r == NULL)
		return IK_CAPTURE_INCOMPLETE;
	ik_reader_describe(r, &info);
	if (sink->begin(sink->ctx, &info, &capture) == 0 &&
	    ik_reader_run(r, capture, INT64_MAX) == IK_READER_ENDED) {
		complete = ik_reader_finish(r, &stats);
		if (sink->end(sink->ctx, capture, &stats) == 0)
			result = complete ? IK_CAPTURE_OK : IK_CAPTURE_INCOMPLETE;
	}
	ik_reader_close(r);
	return result;
}
