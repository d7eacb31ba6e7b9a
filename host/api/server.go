package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
)

// Server serves the API. Listen and then Run it; Run returns when everything has ended.
type Server struct {
	opts   Options
	http   *http.Server
	grpc   *grpc.Server
	health *health.Server

	rest, rpc []net.Listener
}

// New returns a server of what the backend offers.
func New(backend Backend, opts Options) *Server {
	opts = opts.withDefaults()
	s := &service{backend: backend, opts: opts}
	out := &Server{opts: opts}
	out.http = &http.Server{
		Handler:           &rest{s},
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(opts.Log.Handler(), slog.LevelWarn),
	}
	out.grpc, out.health = newGRPC(s)
	return out
}

// InUse says that an address cannot be listened at.
type InUse struct {
	Setting string // the YAML key to change
	Address string
}

// Error says which setting to change.
func (e *InUse) Error() string {
	return fmt.Sprintf("%s: another program listens at %s: stop it, or set another port", e.Setting, e.Address)
}

// Listen opens the ports and sockets, all or none.
func (s *Server) Listen() (err error) {
	if s.rest, err = listen(s.opts.REST); err != nil {
		return err
	}
	if s.rpc, err = listen(s.opts.GRPC); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

// Close closes what Listen opened, if Run does not.
func (s *Server) Close() error {
	var errs []error
	for _, l := range append(s.rest, s.rpc...) {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.rest, s.rpc = nil, nil
	return errors.Join(errs...)
}

// Addresses returns where REST and gRPC are served, empty where they are not.
func (s *Server) Addresses() (rest, grpc string) {
	if len(s.rest) > 0 {
		rest = s.rest[0].Addr().String()
	}
	if len(s.rpc) > 0 {
		grpc = s.rpc[0].Addr().String()
	}
	return rest, grpc
}

// listen opens an address and a socket.
func listen(at Listen) (out []net.Listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range out {
				err = errors.Join(err, l.Close())
			}
			out = nil
		}
	}()
	if at.Address != "" {
		l, err := net.Listen("tcp", at.Address)
		if errors.Is(err, syscall.EADDRINUSE) {
			return out, &InUse{Setting: at.Setting, Address: at.Address}
		}
		if err != nil {
			return out, fmt.Errorf("%s: %s: %w", at.Setting, at.Address, err)
		}
		out = append(out, l)
	}
	if at.Socket != "" {
		l, err := listenUnix(at.Socket)
		if err != nil {
			return out, fmt.Errorf("socket %s: %w", at.Socket, err)
		}
		out = append(out, l)
	}
	return out, nil
}

// maxSocketPath is the shortest of the limits that systems have.
const maxSocketPath = 103

// listenUnix listens at a socket, taking over one that a crash left.
func listenUnix(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("the path has %d bytes, that of a socket at most %d: set home_dir to a folder with a shorter path", len(path), maxSocketPath)
	}
	l, err := net.Listen("unix", path)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	if c, dialled := net.Dial("unix", path); dialled == nil {
		return nil, errors.Join(errors.New("another process serves there"), c.Close())
	}
	if err := os.Remove(path); err != nil {
		return nil, err
	}
	return net.Listen("unix", path)
}

// Run serves until ctx ends; requests that are on their way may then go on for Options.StopWait.
func (s *Server) Run(ctx context.Context) error {
	if s.rest == nil && s.rpc == nil {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	g, stopping := errgroup.WithContext(ctx)
	for _, l := range s.rest {
		g.Go(func() error {
			if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("REST at %s: %w", l.Addr(), err)
			}
			return nil
		})
	}
	for _, l := range s.rpc {
		g.Go(func() error {
			if err := s.grpc.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
				return fmt.Errorf("gRPC at %s: %w", l.Addr(), err)
			}
			return nil
		})
	}
	g.Go(func() error {
		<-stopping.Done()
		return s.stop()
	})
	return g.Wait()
}

func (s *Server) stop() error {
	s.health.Shutdown()
	wait, cancel := context.WithTimeout(context.Background(), s.opts.StopWait)
	defer cancel()
	g := errgroup.Group{}
	g.Go(func() error {
		if err := s.http.Shutdown(wait); err != nil {
			return s.http.Close()
		}
		return nil
	})
	g.Go(func() error {
		hard := context.AfterFunc(wait, s.grpc.Stop)
		defer hard()
		s.grpc.GracefulStop()
		return nil
	})
	return g.Wait()
}

// Forward serves what another process serves at unix sockets: `run api` beside a `run app`. It passes bytes on
// and returns when ctx ends.
func Forward(ctx context.Context, rest, grpc Listen) error {
	g, ctx := errgroup.WithContext(ctx)
	var all []net.Listener
	for _, at := range []Listen{rest, grpc} {
		if at.Address == "" {
			continue
		}
		ls, err := listen(Listen{Address: at.Address, Setting: at.Setting})
		if err != nil {
			for _, l := range all {
				err = errors.Join(err, l.Close())
			}
			return err
		}
		all = append(all, ls...)
		g.Go(func() error { return forward(ctx, ls[0], at.Socket) })
	}
	return g.Wait()
}

// forward passes the connections of l on to a socket.
func forward(ctx context.Context, l net.Listener, socket string) error {
	g, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		in, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				err = nil
			}
			return errors.Join(err, g.Wait())
		}
		g.Go(func() error {
			pass(ctx, in, socket)
			return nil
		})
	}
}

// pass passes one connection on, both ways, until one end closes it or ctx ends. When nobody serves at the
// socket the caller's connection is closed.
func pass(ctx context.Context, in net.Conn, socket string) {
	out, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		_ = in.Close()
		return
	}
	end := context.AfterFunc(ctx, func() {
		_ = in.Close()
		_ = out.Close()
	})
	defer end()
	var g errgroup.Group
	g.Go(func() error { return oneWay(out, in) })
	g.Go(func() error { return oneWay(in, out) })
	_ = g.Wait() // an end that goes away is no mistake
	_ = in.Close()
	_ = out.Close()
}

// oneWay copies until the source ends and tells the destination.
func oneWay(dst, src net.Conn) error {
	_, err := io.Copy(dst, src)
	if half, ok := dst.(interface{ CloseWrite() error }); ok && err == nil {
		return half.CloseWrite()
	}
	return errors.Join(err, dst.Close())
}
