package relation

// SetSegmentBytes makes the segments of all new operators small, or as large as usual with 0.
func SetSegmentBytes(n int) { segmentBytes = n }
