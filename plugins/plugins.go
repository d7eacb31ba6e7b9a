// Package plugins runs connectors in processes of their own. Open starts one; what it opens are ordinary
// sources, and nobody can tell where they run. Nothing that a plugin does takes the host down (I6), and no
// plugin outlives the host.
package plugins

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/millrace-dev/millrace/plugins/process"
	"github.com/millrace-dev/millrace/plugins/rpc"
	"github.com/millrace-dev/millrace/sdk"
)

// Options say how a plugin is run. The zero value is ready to use.
type Options struct {
	// Checksum is the SHA-256 of the program in hex, as Checksum returns it; empty: any program will do.
	Checksum string
	// Env is added to the environment of the plugin, which otherwise has only PATH, HOME, TMPDIR and TZ.
	Env []string
	// Log takes what the plugin writes; nil: slog.Default.
	Log *slog.Logger
	// Start is how long the handshake may take. Zero means 20 s.
	Start time.Duration
	// Stop is how long a read may go on after its context has ended. Zero means 5 s.
	Stop time.Duration
	// Hang is after how long without an answer to a ping the plugin is taken for hanging, twice. Zero
	// means 10 s.
	Hang time.Duration
	// SocketDir is where the sockets are; empty: the system's temporary folder.
	SocketDir string
}

func (o Options) withDefaults() Options {
	o.Log = cmp.Or(o.Log, slog.Default())
	o.Start = cmp.Or(o.Start, 20*time.Second)
	o.Stop = cmp.Or(o.Stop, 5*time.Second)
	o.Hang = cmp.Or(o.Hang, 10*time.Second)
	return o
}

// Plugin is a connector in a process of its own.
type Plugin struct {
	path    string
	options Options
	spec    sdk.Spec
	process *process.Process
	client  *goplugin.Client
	rpc     *rpc.Client
	sockets string
	closing sync.Once
	log     *logWriter
}

var _ sdk.Opener = (*Plugin)(nil)

// Checksum returns the SHA-256 of a program for a lock file.
func Checksum(path string) (string, error) { return process.Checksum(path) }

// Open starts the program at path and shakes hands. Its errors are *Error.
func Open(ctx context.Context, path string, o Options) (*Plugin, error) {
	o = o.withDefaults()
	if path, err := filepath.Abs(path); err == nil { // also, a bare name must not be looked up in PATH
		return open(ctx, path, o)
	}
	return open(ctx, path, o)
}

func open(ctx context.Context, path string, o Options) (*Plugin, error) {
	name := func(e *Error) error { e.Plugin = path; return e }
	if e := checkFile(path, o.Checksum); e != nil {
		return nil, name(e)
	}
	sockets, err := process.SocketDir(o.SocketDir)
	if err != nil {
		return nil, fmt.Errorf("plugin %q: folder for its socket: %w", path, err)
	}
	p := &Plugin{path: path, options: o, sockets: sockets, log: &logWriter{log: o.Log.With("plugin", filepath.Base(path))}}
	unhook := func() bool { return true }
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  rpc.Handshake(),
		VersionedPlugins: rpc.Versions(nil),
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     o.Start,
		Logger:           hclog.NewNullLogger(),
		GRPCDialOptions:  rpc.DialOptions(o.Hang),
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: sockets},
		SyncStdout:       p.log.stream("stdout", nil),
		SyncStderr:       p.log.stream("stderr", func(line string) { p.process.Said(line) }),
		Stderr:           io.Discard,
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
			p.process = process.New(path, process.Options{Env: append(environment(o.Env), cmd.Env...), Log: p.log.line})
			return &impatient{Process: p.process, ctx: ctx, unhook: &unhook}, nil
		},
	})
	err = p.start(ctx)
	unhook()
	if err != nil {
		p.stop()
		if e := (*Error)(nil); errors.As(err, &e) {
			return nil, name(e)
		}
		return nil, err
	}
	return p, nil
}

// impatient is a process that is killed when a context ends, until unhook is called: go-plugin's Start knows no
// context, and a program that does not shake hands must not keep the host from ending.
type impatient struct {
	*process.Process
	ctx    context.Context
	unhook *func() bool
}

// Start starts the program.
func (i *impatient) Start(ctx context.Context) error {
	err := i.Process.Start(ctx)
	if err == nil {
		*i.unhook = context.AfterFunc(i.ctx, func() { _ = i.Kill(context.Background()) })
	}
	return err
}

// environment is all that a plugin sees of ours: no secret of the host reaches it.
func environment(more []string) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, more...)
}

func (p *Plugin) start(ctx context.Context) error {
	if _, err := p.client.Start(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if p.process == nil || p.process.PID() == 0 {
			return cannotRun(p.path, err)
		}
		return noHandshake(p.process, p.options.Start, err)
	}
	protocol, err := p.client.Client()
	if err != nil {
		return p.explain(err)
	}
	if p.rpc, err = rpc.Dispense(protocol); err != nil {
		return p.explain(err)
	}
	p.rpc.Stop = p.options.Stop
	ctx, cancel := context.WithTimeout(ctx, p.options.Start)
	defer cancel()
	if p.spec, err = p.rpc.Spec(ctx); err != nil {
		return p.explain(err)
	}
	return nil
}

// Spec describes the connector.
func (p *Plugin) Spec() sdk.Spec { return p.spec }

// PID returns the process id.
func (p *Plugin) PID() int { return p.process.PID() }

// Exited is closed when the process has ended, for whatever reason.
func (p *Plugin) Exited() <-chan struct{} { return p.process.Done() }

// Usage returns the peak memory and the CPU time of the process, also after its end.
func (p *Plugin) Usage() process.Usage { return p.process.Usage() }

// Close ends the process and waits for its end.
func (p *Plugin) Close() error {
	p.closing.Do(p.stop)
	return nil
}

func (p *Plugin) stop() {
	kill := func() {
		if p.process != nil {
			_ = p.process.Kill(context.Background())
		}
	}
	impatience := time.AfterFunc(p.options.Stop, kill) // asking has no end of its own when the plugin hangs
	p.client.Kill()                                    // asks first
	impatience.Stop()
	kill()
	_ = os.RemoveAll(p.sockets)
}

// Open opens the connector's source.
func (p *Plugin) Open(ctx context.Context, config []byte) (sdk.Source, error) {
	src, err := p.rpc.Open(ctx, config)
	if err != nil {
		return nil, p.explain(err)
	}
	s := &source{plugin: p, rpc: src}
	if src.Acks() {
		return acker{s}, nil
	}
	return s, nil
}

// OpenSink always fails: sinks do not run in plugins yet.
func (p *Plugin) OpenSink(context.Context, []byte) (sdk.Sink, error) {
	return nil, fmt.Errorf("plugin %q: sinks in plugins are not supported yet; run the connector with in_process: true", filepath.Base(p.path))
}
