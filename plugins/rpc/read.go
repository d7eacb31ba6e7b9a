package rpc

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"

	pb "github.com/millrace-dev/millrace/plugins/proto"
	"github.com/millrace-dev/millrace/plugins/wire"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Read reads tables and writes them to out. When ctx ends it asks the plugin to stop and returns
// when it has.
func (s *Source) Read(ctx context.Context, req sdk.Request, out *sdk.Writer) error {
	raw, err := json.Marshal(req)
	if err != nil {
		return err
	}
	// The stream outlives ctx, so that the plugin can end its read in order.
	streamCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stream, err := s.client.rpc.Read(streamCtx)
	if err != nil {
		return err
	}
	r := &reading{
		ctx: ctx, stream: stream, req: req, out: out,
		lanes: map[string]*lane{}, streams: map[uint32]*rows{}, broken: make(chan struct{}),
	}
	positions := map[string][]byte{}
	for _, split := range out.Splits() {
		positions[split] = out.Split(split).From()
	}
	r.send(&pb.HostFrame{Kind: &pb.HostFrame_Start{Start: &pb.Start{
		Source: s.id, Request: raw, Positions: positions, Window: splitWindow,
	}}})
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-ctx.Done():
		case <-r.broken:
		case <-ended:
			return
		}
		r.send(&pb.HostFrame{Kind: &pb.HostFrame_Stop{Stop: &pb.Stop{}}})
		select {
		case <-time.After(cmp.Or(s.client.Stop, 5*time.Second)):
			r.fail(ErrHangs)
			cancel()
		case <-ended:
		}
	})
	err = r.receive()
	close(ended)
	watching.Wait()
	return err
}

// reading is one Read. One goroutine receives frames and hands them to a lane a split; each lane
// writes to the host at its own pace, and gives credit for what it has written.
type reading struct {
	ctx     context.Context
	stream  grpc.BidiStreamingClient[pb.HostFrame, pb.PluginFrame]
	req     sdk.Request
	out     *sdk.Writer
	lanes   map[string]*lane
	streams map[uint32]*rows
	said    chan struct{} // closed when the last Live, and all before it, have been said; nil: there was none
	writing sync.WaitGroup

	sending sync.Mutex
	closed  bool // nothing more may be sent; guarded by sending

	mu     sync.Mutex
	err    error         // the first one
	broken chan struct{} // closed when there is one: the plugin has to stop
}

// rows is an open row stream.
type rows struct {
	table   string
	mode    sdk.Mode
	decoder *wire.Decoder
}

// fail keeps the first error and has the plugin stop.
func (r *reading) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
		close(r.broken)
	}
}

func (r *reading) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// send sends a frame; if it cannot be sent, receiving fails, too, and says why.
func (r *reading) send(f *pb.HostFrame) {
	r.sending.Lock()
	defer r.sending.Unlock()
	if !r.closed {
		_ = r.stream.Send(f)
	}
}

// closeSend lets the plugin's side of the stream end.
func (r *reading) closeSend() {
	r.sending.Lock()
	defer r.sending.Unlock()
	r.closed = true
	_ = r.stream.CloseSend()
}

// receive takes frames until the plugin is done, and waits for the lanes.
func (r *reading) receive() error {
	var end error
	for {
		f := &wire.Frame{}
		if end = r.stream.RecvMsg(f); end != nil {
			if errors.Is(end, io.EOF) {
				end = garbage("the read ended without saying why")
			}
			break
		}
		if done := f.Msg.GetDone(); done != nil {
			end = failed(done.Failure)
			f.Free()
			r.closeSend()
			break
		}
		if err := r.take(f); err != nil {
			f.Free()
			r.fail(err)
		}
	}
	for _, l := range r.lanes {
		close(l.frames)
	}
	r.writing.Wait()
	if err := r.failed(); err != nil {
		return err
	}
	if errors.Is(end, context.Canceled) && r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	return end
}

// Garbage is a plugin that breaks the protocol.
type Garbage struct{ Reason string }

// Error says what it did.
func (g *Garbage) Error() string { return "it breaks the protocol: " + g.Reason }

func garbage(format string, args ...any) error { return &Garbage{fmt.Sprintf(format, args...)} }

// take handles a frame, or hands it to its lane, which then frees it.
func (r *reading) take(f *wire.Frame) error {
	switch kind := f.Msg.Kind.(type) {
	case *pb.PluginFrame_Schema:
		defer f.Free()
		return r.open(kind.Schema, f.Body)
	case *pb.PluginFrame_Live:
		defer f.Free()
		return r.live(kind.Live.Table)
	case *pb.PluginFrame_Rows:
		if r.streams[kind.Rows.Stream] == nil {
			return garbage("rows of stream %d, which is not open", kind.Rows.Stream)
		}
		return r.lane(kind.Rows.Split).give(item{frame: f, rows: r.streams[kind.Rows.Stream]})
	case *pb.PluginFrame_Commit:
		return r.lane(kind.Commit.Split).give(item{frame: f})
	case *pb.PluginFrame_Await:
		return r.lane(kind.Await.Split).give(item{frame: f})
	}
	return garbage("a frame of no known kind")
}

func (r *reading) open(s *pb.Schema, body []byte) error {
	if r.streams[s.Stream] != nil || len(r.streams) >= 1<<16 || s.Mode > uint32(sdk.Keyed) {
		return garbage("stream %d of mode %d is opened twice, is too much or has no such mode", s.Stream, s.Mode)
	}
	fields, err := fieldsOf(r.req, s.Table)
	if err != nil {
		return garbage("%v", err)
	}
	schema := batch.Schema{Fields: fields}
	decoder, err := wire.NewDecoder(body, schema.Types())
	if err != nil {
		return garbage("table %q: %v", s.Table, err)
	}
	r.streams[s.Stream] = &rows{table: s.Table, mode: sdk.Mode(s.Mode), decoder: decoder}
	return nil
}

// live waits until all lanes have written what came before, and says so to the host. The lanes wait for that, so that
// the host sees the rows that come after as it would without a wire between.
func (r *reading) live(table string) error {
	var before sync.WaitGroup
	earlier, said := r.said, make(chan struct{})
	r.said = said
	defer r.writing.Go(func() {
		defer close(said)
		before.Wait()
		if earlier != nil {
			<-earlier
		}
		if r.failed() == nil {
			if err := r.out.Live(table); err != nil {
				r.fail(err)
			}
		}
	})
	for _, l := range r.lanes {
		before.Add(1)
		if err := l.give(item{passed: before.Done, until: said}); err != nil {
			before.Done()
			return err
		}
	}
	return nil
}

// lane writes what one split sends.
type lane struct {
	r      *reading
	split  string
	out    *sdk.Writer
	frames chan item
	owed   int64 // credit not given yet
}

// item is a frame to write, or a place in the queue whose passing is told, and where the lane then waits.
type item struct {
	frame  *wire.Frame
	rows   *rows
	passed func()
	until  <-chan struct{}
}

func (r *reading) lane(split string) *lane {
	l := r.lanes[split]
	if l == nil {
		// What is under way is bounded by the window; the rest is for live, which costs nothing.
		l = &lane{r: r, split: split, out: r.out.Split(split), frames: make(chan item, splitWindow/minCost+64)}
		r.lanes[split] = l
		said := r.said
		r.writing.Go(func() {
			if said != nil {
				<-said
			}
			l.run()
		})
	}
	return l
}

func (l *lane) give(it item) error {
	select {
	case l.frames <- it:
		return nil
	default:
		return garbage("split %q sends more than it has credit for", l.split)
	}
}

// run writes frames. After an error it only drops them, until the plugin has stopped.
func (l *lane) run() {
	for it := range l.frames {
		if it.passed != nil {
			it.passed()
			<-it.until
			continue
		}
		if l.r.failed() == nil {
			if err := l.write(it); err != nil {
				l.r.fail(err)
			}
		}
		it.frame.Free()
	}
}

func (l *lane) write(it item) error {
	switch kind := it.frame.Msg.Kind.(type) {
	case *pb.PluginFrame_Rows:
		n := len(it.frame.Body)
		b, err := it.rows.decoder.Rows(it.frame.Body)
		if err != nil {
			return garbage("table %q: %v", it.rows.table, err)
		}
		if it.rows.mode == sdk.Keyed {
			err = l.out.WriteKeyed(it.rows.table, b)
		} else {
			err = l.out.Write(it.rows.table, b)
		}
		l.pay(n)
		return err
	case *pb.PluginFrame_Commit:
		err := l.out.Commit(kind.Commit.Position)
		l.pay(len(kind.Commit.Position))
		return err
	case *pb.PluginFrame_Await:
		// Not waited for: the host ends it at the latest when it ends its side of the writer, which may be after this
		// Read.
		go l.await(kind.Await)
		l.pay(0)
	}
	return nil
}

func (l *lane) await(a *pb.Await) {
	epoch, err := l.out.Await(a.Position, sdk.Stage(a.Stage))
	reply := &pb.Awaited{Id: a.Id, Epoch: uint64(epoch)}
	if err != nil {
		reply.Error = err.Error()
	}
	l.r.send(&pb.HostFrame{Kind: &pb.HostFrame_Awaited{Awaited: reply}})
}

// pay gives credit for a written frame, in amounts that are worth a message.
func (l *lane) pay(n int) {
	if l.owed += cost(n); l.owed >= splitWindow/4 {
		l.r.send(&pb.HostFrame{Kind: &pb.HostFrame_Credit{Credit: &pb.Credit{Split: l.split, Bytes: l.owed}}})
		l.owed = 0
	}
}
