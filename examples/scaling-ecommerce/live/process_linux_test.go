package live

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// process is a plugin.
type process struct {
	pid  int
	name string
}

func (p process) String() string { return fmt.Sprintf("%s (%d)", p.name, p.pid) }

// alive reports whether the process still runs; one that nobody waited for has ended.
func (p process) alive() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return false
	}
	_, rest, _ := bytes.Cut(stat, []byte(") "))
	return len(rest) > 0 && rest[0] != 'Z' && rest[0] != 'X'
}

func (p process) kill() { _ = syscall.Kill(p.pid, syscall.SIGKILL) } // it may have ended

// dieWithUs lets no program outlive the tests.
func dieWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// children returns the processes that a process has started.
func children(pid int) []process {
	var out []process
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		head, rest, _ := bytes.Cut(stat, []byte(") "))
		fields := bytes.Fields(rest)
		if len(fields) < 2 || string(fields[1]) != strconv.Itoa(pid) {
			continue
		}
		id, _, _ := bytes.Cut(head, []byte(" ("))
		if child, err := strconv.Atoi(string(id)); err == nil {
			link, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", child))
			out = append(out, process{child, filepath.Base(link)})
		}
	}
	return out
}
