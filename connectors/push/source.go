package push

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/millrace-dev/millrace/connectors/internal/columns"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Source takes rows while it is read.
type Source struct {
	config config
	tables []sdk.Table
}

func open(_ context.Context, c config) (*Source, error) {
	s := &Source{config: c}
	for _, t := range c.Tables {
		schema, err := columns.Schema(t.Columns, t.Key)
		if err != nil {
			return nil, fmt.Errorf("table %q: %w", t.Name, err)
		}
		s.tables = append(s.tables, sdk.Table{Name: t.Name, Schema: schema, Keyed: true})
	}
	return s, nil
}

// Tables returns the tables of the configuration. Nothing is in them at the start.
func (s *Source) Tables(context.Context) ([]sdk.Table, error) { return s.tables, nil }

// Close has nothing to free: the port is open only while the source is read.
func (s *Source) Close() error { return nil }

const (
	// groupRequests is how many requests may wait for, and then share, the next commit.
	groupRequests = 1024
	// groupRows is how many rows a commit gathers, beyond which no further request joins it.
	groupRows = 64 << 10
	// grace is how long requests may take to end after the source was told to.
	grace = 10 * time.Second
)

// Read listens until ctx ends. A bounded request wants nothing that is not there yet.
func (s *Source) Read(ctx context.Context, req sdk.Request, out *sdk.Writer) error {
	h, err := s.handler(req.Tables)
	if err != nil {
		return err
	}
	for _, name := range h.names {
		if err := out.Live(name); err != nil {
			return err
		}
	}
	if req.Bounded {
		return nil
	}
	last, n := binary.Uvarint(out.From())
	if n < 0 || n != len(out.From()) {
		return errors.New("the stored position is not one of this connector; remove the app's data")
	}
	address := net.JoinHostPort(s.config.Host, strconv.Itoa(int(s.config.Port)))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; set another port for the push connection, or end who has it", address, err)
	}
	c := &committer{out: out, last: last}
	return h.serve(ctx, listener, c)
}

func (s *Source) handler(tables []sdk.TableRequest) (*handler, error) {
	h := &handler{
		tables: map[string]*table{}, queue: make(chan *request, groupRequests), ended: make(chan struct{}),
		maxBody: int64(s.config.MaxBody),
	}
	for _, asked := range tables {
		t, err := newTable(asked)
		if err != nil {
			return nil, err
		}
		h.tables[t.name] = t
		h.names = append(h.names, t.name)
	}
	return h, nil
}

// serve answers requests until ctx ends, and returns when all of them have their answer.
func (h *handler) serve(ctx context.Context, listener net.Listener, c *committer) error {
	server := &http.Server{Handler: http.NewCrossOriginProtection().Handler(h), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	closed := make(chan struct{})
	go func() {
		served <- server.Serve(listener)
		// Those who have a connection still get their answer.
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		_ = server.Shutdown(wait)
		_ = server.Close()
		close(closed)
	}()
	defer func() { <-closed }()
	defer func() { _ = listener.Close() }()
	defer close(h.ended)
	for {
		select {
		case first := <-h.queue:
			if err := c.commit(first, h.queue); err != nil {
				return err
			}
		case err := <-served:
			return err
		case <-ctx.Done():
			return c.drain(h.queue, ctx.Err())
		}
	}
}

// request is one caller's rows, which become visible together.
type request struct {
	table   string
	mode    sdk.Mode
	batches []*batch.Batch
	rows    int
	reply   chan *commit // of capacity 1
}

// commit is what the rows of one or more requests went with.
type commit struct {
	err     error // they did not go
	durable func() (sdk.Epoch, error)
	visible func() (sdk.Epoch, error)
}

// committer owns the writer.
type committer struct {
	out  *sdk.Writer
	last uint64 // number of the last commit
}

// commit writes first and whoever else waits, and commits them together. A position is the number
// of the commit.
func (c *committer) commit(first *request, queue <-chan *request) error {
	group := []*request{first}
	for rows := first.rows; rows < groupRows; {
		select {
		case next := <-queue:
			group = append(group, next)
			rows += next.rows
			continue
		default:
		}
		break
	}
	err := c.write(group)
	done := &commit{err: err}
	if err == nil {
		p := binary.AppendUvarint(nil, c.last)
		done.durable = sync.OnceValues(func() (sdk.Epoch, error) { return c.out.Await(p, sdk.Durable) })
		done.visible = sync.OnceValues(func() (sdk.Epoch, error) { return c.out.Await(p, sdk.Visible) })
	}
	for _, r := range group {
		r.reply <- done
	}
	return err
}

func (c *committer) write(group []*request) error {
	for _, r := range group {
		for _, b := range r.batches {
			write := c.out.Write
			if r.mode == sdk.Keyed {
				write = c.out.WriteKeyed
			}
			if err := write(r.table, b); err != nil {
				return err
			}
		}
	}
	c.last++
	return c.out.Commit(binary.AppendUvarint(nil, c.last))
}

// drain commits what was queued before the source was told to end.
func (c *committer) drain(queue <-chan *request, ended error) error {
	for {
		select {
		case first := <-queue:
			if err := c.commit(first, queue); err != nil {
				return err
			}
		default:
			return ended
		}
	}
}
