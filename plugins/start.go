package plugins

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/millrace-dev/millrace/plugins/process"
	"github.com/millrace-dev/millrace/plugins/rpc"
)

// checkFile finds what is wrong with a program without running it.
func checkFile(path, checksum string) *Error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{
			Kind: Missing, Detail: fmt.Sprintf("%s: no such file", path),
			Fix: "build or install it, or correct the connector's name or the plugin directory",
		}
	case err != nil:
		return &Error{Kind: Missing, Detail: err.Error(), Fix: "correct the permissions of the plugin directory"}
	case info.IsDir() || info.Mode()&0o111 == 0:
		return &Error{
			Kind: NotExecutable, Detail: fmt.Sprintf("%s is not an executable file", path),
			Fix: "run: chmod +x " + path,
		}
	}
	if checksum == "" {
		return nil
	}
	got, err := process.Checksum(path)
	if err != nil {
		return &Error{Kind: NotExecutable, Detail: err.Error(), Fix: "run: chmod +r " + path}
	}
	if !strings.EqualFold(got, checksum) {
		return &Error{
			Kind: BadChecksum, Detail: fmt.Sprintf("its SHA-256 is %s, but the lock file has %s", got, checksum),
			Fix: "if you replaced the plugin on purpose, run millrace build to lock the new one; otherwise install the right one",
		}
	}
	return nil
}

// cannotRun explains why the system refused to run a program.
func cannotRun(path string, err error) *Error {
	switch {
	case errors.Is(err, syscall.ENOEXEC), wrongMachine(path):
		return &Error{
			Kind: WrongArch, Detail: fmt.Sprintf("%s is not a program for %s/%s", path, runtime.GOOS, runtime.GOARCH),
			Fix: fmt.Sprintf("build it with GOOS=%s GOARCH=%s", runtime.GOOS, runtime.GOARCH),
		}
	case errors.Is(err, fs.ErrPermission):
		return &Error{Kind: NotExecutable, Detail: err.Error(), Fix: "correct the permissions, or the mount options of its file system"}
	case errors.Is(err, fs.ErrNotExist):
		return &Error{
			Kind: WrongArch, Detail: fmt.Sprintf("%s needs an interpreter or a loader that is not here", path),
			Fix: "build it statically (CGO_ENABLED=0), or install what it needs",
		}
	}
	return &Error{Kind: CrashedAtStart, Detail: err.Error()}
}

func wrongMachine(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386, "arm": elf.EM_ARM}[runtime.GOARCH]
	return want != 0 && f.Machine != want
}

// handshake is go-plugin's: core protocol, our protocol, network, address and more.
var handshake = regexp.MustCompile(`^(\d+)\|(\d+)\|(unix|tcp)\|`)

// noHandshake explains why the handshake did not come about. It kills the process.
func noHandshake(p *process.Process, timeout time.Duration, cause error) *Error {
	_ = p.Kill(context.Background()) // go-plugin has, if it was still running
	code, how := p.Exit()
	e := &Error{Code: -1, Stderr: p.Tail()}
	ended := !p.Killed()
	if ended {
		e.Exit, e.Code = how, code
	}
	first := p.First()
	if m := handshake.FindStringSubmatch(first); m != nil {
		return versionMismatch(e, m, cause)
	}
	switch {
	case first != "":
		e.Kind, e.Detail = StdoutBefore, fmt.Sprintf("it printed %.80q to its standard output before the handshake", first)
		e.Fix = "remove the print from its start, or print to standard error; if it is not a connector, remove it from the plugin directory"
	case strings.Contains(strings.Join(e.Stderr, "\n"), "This binary is a plugin"):
		e.Kind, e.Detail = NotPlugin, "it is a plugin of another program"
		e.Fix = "install a Millrace connector of that name"
	case ended && code == 0:
		e.Kind, e.Detail = NotPlugin, "it ended without a handshake"
		e.Fix = "its main must call serve.Connector"
	case ended:
		e.Kind, e.Detail = CrashedAtStart, "it crashed at its start"
		e.Fix = "run it by hand with the argument check to see why"
	default:
		e.Kind, e.Detail = SlowStart, fmt.Sprintf("it did not come to the handshake within %v: %v", timeout, cause)
		e.Fix = "its main must call serve.Connector before anything slow"
	}
	return e
}

func versionMismatch(e *Error, handshake []string, cause error) *Error {
	e.Exit = ""
	if theirs, _ := strconv.Atoi(handshake[2]); theirs != rpc.Version {
		e.Kind = BadProtocol
		e.Detail = fmt.Sprintf("it speaks version %d of the connector protocol, this host version %d", theirs, rpc.Version)
		e.Fix = "rebuild it with the sdk of this host's release"
		if theirs > rpc.Version {
			e.Fix = "update the host, or take an older release of the plugin"
		}
		return e
	}
	e.Kind, e.Detail = BadProtocol, fmt.Sprintf("the handshake %.60q is not understood: %v", handshake[0], cause)
	e.Fix = "rebuild it with the sdk of this host's release"
	return e
}
