//go:build !linux

package admin

import (
	"errors"
	"os"
	"runtime"
)

// usage knows the Go heap of our own process only: there is no /proc here.
func usage(pid int) (Usage, error) {
	if pid != os.Getpid() {
		return Usage{}, errors.ErrUnsupported
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Usage{PID: pid, Bytes: int64(m.Sys - m.HeapReleased), PeakBytes: int64(m.Sys)}, nil
}
