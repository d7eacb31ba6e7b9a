//go:build !unix

package arrange

import "errors"

// mapMemory has no mappings here: all memory comes from the Go heap.
func mapMemory(int) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapMemory([]byte) {}
