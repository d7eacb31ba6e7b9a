//go:build unix

package process

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// Alive reports whether a process exists.
func Alive(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }

func usageOf(state *os.ProcessState) Usage {
	if state == nil {
		return Usage{}
	}
	u := Usage{CPU: state.UserTime() + state.SystemTime(), PeakBytes: 1}
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		u.PeakBytes = int64(r.Maxrss)
		if runtime.GOOS != "darwin" {
			u.PeakBytes *= 1024 // the unit everywhere else
		}
	}
	return u
}

const clockTick = 10 * time.Millisecond // USER_HZ, 100 on every Linux
