// Package process starts a plugin program, watches it and tells how it ended. A process started here
// never outlives the host.
package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	tailLines   = 20      // of stderr that are kept for the error when the process dies
	maxLineSize = 8 << 10 // of a line of output; the rest of it is dropped
)

// Process is a running program, in the form in which go-plugin wants it (runner.Runner).
type Process struct {
	cmd   *exec.Cmd
	stdin io.Closer // held open: the plugin ends when it is closed, by us or by our death
	log   func(stream, line string)
	lines *io.PipeReader // stdout up to and including the handshake

	mu       sync.Mutex
	first    string
	tail     []string
	panicked bool
	ended    bool
	killed   bool // before it ended

	done  chan struct{} // closed when the process and its output have ended
	usage Usage
}

// Options say how to start a program.
type Options struct {
	Env []string
	// Log is called for each line that the program prints, by two goroutines.
	Log func(stream, line string)
}

// New prepares a program; Start starts it.
func New(path string, o Options) *Process {
	cmd := exec.Command(path)
	cmd.Env = o.Env
	cmd.SysProcAttr = attributes()
	return &Process{cmd: cmd, log: o.Log, done: make(chan struct{})}
}

// Start starts the program and the one goroutine that owns it.
func (p *Process) Start(context.Context) error {
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, childOut, err := os.Pipe()
	if err != nil {
		return err
	}
	stderr, childErr, err := os.Pipe()
	if err != nil {
		return errors.Join(err, stdout.Close(), childOut.Close())
	}
	p.stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, childOut, childErr
	lines, handshake := io.Pipe()
	p.lines = lines
	started := make(chan error)
	go func() {
		// The kernel kills the program when the thread that started it ends, so the thread is kept.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		_, _ = childOut.Close(), childErr.Close()
		if err == nil {
			started <- nil
			_ = p.watch(stdout, stderr, handshake) // how it ended is in its exit
		} else {
			started <- err
		}
		_ = handshake.CloseWithError(io.EOF)
		_, _ = stdout.Close(), stderr.Close()
		close(p.done)
	}()
	return <-started
}

// watch copies the output and waits for the end.
func (p *Process) watch(stdout, stderr *os.File, handshake *io.PipeWriter) error {
	var readers sync.WaitGroup
	readers.Go(func() {
		scan(stdout, func(line string) {
			if !p.shook(line) {
				p.log("stdout", line)
				return
			}
			_, _ = io.WriteString(handshake, line+"\n")
		})
	})
	readers.Go(func() {
		scan(stderr, func(line string) {
			p.remember(line)
			p.log("stderr", line)
		})
	})
	err := p.cmd.Wait()
	p.mu.Lock()
	p.ended = true // before go-plugin sees the end of the output and kills
	p.mu.Unlock()
	killGroup(p.cmd.Process.Pid) // whatever it had started
	// A grandchild may hold the pipes open; what the program itself wrote is there by now.
	deadline := time.Now().Add(time.Second)
	_, _ = stdout.SetReadDeadline(deadline), stderr.SetReadDeadline(deadline)
	readers.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.usage = usageOf(p.cmd.ProcessState)
	return err
}

// shook keeps the first line of stdout, and reports whether this is it.
func (p *Process) shook(line string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first != "" {
		return false
	}
	p.first = line
	return line != ""
}

func (p *Process) remember(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		p.tail, p.panicked = nil, true // what comes now matters more at its beginning than at its end
	}
	switch {
	case len(p.tail) < tailLines:
	case p.panicked:
		return
	default:
		p.tail = p.tail[1:]
	}
	p.tail = append(p.tail, line)
}

// Said adds a line to what the error tells when the process dies; for output that comes another way.
func (p *Process) Said(line string) { p.remember(line) }

// scan calls line for each line, long ones shortened.
func scan(r io.Reader, line func(string)) {
	b := bufio.NewReaderSize(r, maxLineSize)
	for {
		text, more, err := b.ReadLine()
		if err != nil {
			return
		}
		s := string(text)
		for more && err == nil {
			_, more, err = b.ReadLine()
		}
		line(s)
	}
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end. The result is that of Exit.
func (p *Process) Wait(context.Context) error {
	<-p.done
	return nil
}

// Kill kills the process and all it started, and waits for the end.
func (p *Process) Kill(context.Context) error {
	if p.cmd.Process == nil {
		return nil
	}
	p.mu.Lock()
	p.killed = p.killed || !p.ended
	p.mu.Unlock()
	_ = p.stdin.Close()
	killGroup(p.cmd.Process.Pid)
	_ = p.cmd.Process.Kill()
	<-p.done
	return nil
}

// Killed reports whether it was Kill that ended the process.
func (p *Process) Killed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}

// Exit tells how an ended process ended: its exit code, -1 and the signal if one killed it.
func (p *Process) Exit() (code int, how string) {
	<-p.done
	state := p.cmd.ProcessState
	if state == nil {
		return -1, "never started"
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return -1, "killed by signal " + strconv.Itoa(int(status.Signal())) + " (" + status.Signal().String() + ")"
	}
	return state.ExitCode(), fmt.Sprintf("exit code %d", state.ExitCode())
}

// First returns the first line of stdout, and Tail the last lines of stderr.
func (p *Process) First() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first
}

// Tail returns the last lines of stderr, or those of a panic from its message on.
func (p *Process) Tail() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.tail...)
}

// PID returns the process id, or 0 before the start.
func (p *Process) PID() int {
	if p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Usage is what a process has used so far, or in all.
type Usage struct {
	PeakBytes int64
	CPU       time.Duration
}

// Usage returns what the process uses.
func (p *Process) Usage() Usage {
	p.mu.Lock()
	ended := p.usage
	p.mu.Unlock()
	if ended != (Usage{}) || p.PID() == 0 {
		return ended
	}
	return usageNow(p.PID())
}

// Stdout is what go-plugin reads the handshake from; later lines go to the log.
func (p *Process) Stdout() io.ReadCloser { return p.lines }

// Stderr is empty: the lines go to the log.
func (p *Process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name returns the path of the program.
func (p *Process) Name() string { return p.cmd.Path }

// ID returns the process id as text.
func (p *Process) ID() string { return strconv.Itoa(p.PID()) }

// Diagnose adds nothing: the caller does.
func (p *Process) Diagnose(context.Context) string { return "" }

// PluginToHost changes nothing: both see the same files.
func (p *Process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin changes nothing: both see the same files.
func (p *Process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
