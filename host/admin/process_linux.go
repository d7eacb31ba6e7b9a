package admin

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ticks is the unit of times in /proc, which Linux fixes at 100 a second for programs.
const ticks = 100

// usage reads what a process takes from /proc.
func usage(pid int) (Usage, error) {
	u := Usage{PID: pid}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(status)) {
		switch name, rest, _ := strings.Cut(line, ":"); name {
		case "VmRSS":
			u.Bytes = kilobytes(rest)
		case "VmHWM":
			u.PeakBytes = kilobytes(rest)
		case "State":
			if strings.HasPrefix(strings.TrimSpace(rest), "Z") {
				return u, os.ErrProcessDone // it has ended and nobody has asked how
			}
		}
	}
	if pid == os.Getpid() {
		var r syscall.Rusage // finer than ticks
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			return u, err
		}
		u.CPUSeconds = float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
		return u, nil
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	// The second field is the program's name in parentheses and may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return u, fmt.Errorf("/proc/%d/stat: %d fields after the name", pid, len(fields))
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return u, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	if err != nil {
		return u, err
	}
	u.CPUSeconds = float64(user+system) / ticks
	return u, nil
}

func kilobytes(s string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(s), " kB"), 10, 64)
	return n << 10
}
