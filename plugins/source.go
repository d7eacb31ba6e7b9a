package plugins

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/millrace-dev/millrace/plugins/rpc"
	"github.com/millrace-dev/millrace/sdk"
)

// source is a source in the plugin.
type source struct {
	plugin *Plugin
	rpc    *rpc.Source
}

// acker is a source that is an sdk.Acker.
type acker struct{ *source }

var (
	_ sdk.Source     = (*source)(nil)
	_ sdk.Discoverer = (*source)(nil)
	_ sdk.Acker      = acker{}
)

// Read reads tables.
func (s *source) Read(ctx context.Context, req sdk.Request, out *sdk.Writer) error {
	return s.plugin.explain(s.rpc.Read(ctx, req, out))
}

// Tables returns the source's tables.
func (s *source) Tables(ctx context.Context) ([]sdk.Table, error) {
	tables, err := s.rpc.Tables(ctx)
	return tables, s.plugin.explain(err)
}

// Ack tells the source which positions can no longer be lost.
func (a acker) Ack(ctx context.Context, positions map[string]sdk.Position) error {
	return a.plugin.explain(a.rpc.Ack(ctx, positions))
}

// Close closes the source. One whose plugin has ended is closed already.
func (s *source) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.plugin.options.Stop)
	defer cancel()
	err := s.plugin.explain(s.rpc.Close(ctx))
	if e := (*Error)(nil); errors.As(err, &e) && e.Kind == Died {
		return nil
	}
	return err
}

// explain turns an error of the connection into an Error that says what became of the process. Errors
// of the connector, of the host's side of the writer and of contexts pass.
func (p *Plugin) explain(err error) error {
	if err == nil {
		return nil
	}
	var garbage *rpc.Garbage
	switch {
	case errors.Is(err, rpc.ErrHangs):
		p.abandon()
		return p.problem(Hangs, "it does not stop reading", "its Read must return when its context ends")
	case errors.As(err, &garbage):
		p.abandon()
		return p.problem(Broken, garbage.Error(), "rebuild it with the sdk of this host's release, or report it to its author")
	}
	st, ok := status.FromError(err)
	if !ok {
		return err
	}
	wait := time.Second // the connection breaks a moment before the process is known to have ended
	if code := st.Code(); code == codes.Canceled || code == codes.DeadlineExceeded {
		wait = 0
	}
	select {
	case <-p.process.Done():
		code, how := p.process.Exit()
		e := p.problem(Died, "it died", "it is started again from the last durable position")
		e.Exit, e.Code = how, code
		return e
	case <-time.After(wait):
	}
	switch st.Code() {
	case codes.Canceled:
		return context.Canceled
	case codes.DeadlineExceeded:
		return p.problem(Hangs, "it does not answer", "see what it waits for")
	case codes.Unavailable:
		p.abandon()
		return p.problem(Hangs, "the connection to it broke, though it still ran: "+st.Message(), "it is started again from the last durable position")
	}
	p.abandon()
	return p.problem(Broken, "it breaks the protocol: "+st.Message(), "rebuild it with the sdk of this host's release, or report it to its author")
}

// abandon kills a process that cannot be talked to any more.
func (p *Plugin) abandon() { _ = p.process.Kill(context.Background()) }

func (p *Plugin) problem(kind Kind, detail, fix string) *Error {
	return &Error{Kind: kind, Plugin: p.path, Detail: detail, Fix: fix, Code: -1, Stderr: p.process.Tail()}
}
