package rpc

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/grpc"

	pb "github.com/millrace-dev/millrace/plugins/proto"
	"github.com/millrace-dev/millrace/plugins/wire"
	"github.com/millrace-dev/millrace/sdk"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// output is the sdk.Output of a plugin: what is written to it goes to the host.
type output struct {
	ctx    context.Context
	stream grpc.ServerStream
	req    sdk.Request
	window int64

	send sync.Mutex // held while a frame is sent, and from the making of a row stream to its schema frame

	streams map[rowStream]*sender // guarded by send

	mu      sync.Mutex
	credits map[string]*account
	lastID  uint64
	waiting map[uint64]chan *pb.Awaited
}

// rowStream is what shares a schema.
type rowStream struct {
	table    string
	mode     sdk.Mode
	weighted bool
}

type sender struct {
	id      uint32
	encoder *wire.Encoder
}

// account is how many bytes a split may still send. It may be overdrawn by one frame, so that a row
// of any size passes.
type account struct {
	left int64
	more chan struct{} // has an element after left grew
}

func newOutput(ctx context.Context, stream grpc.ServerStream, req sdk.Request, window int64) *output {
	return &output{
		ctx: ctx, stream: stream, req: req, window: window,
		streams: map[rowStream]*sender{}, credits: map[string]*account{}, waiting: map[uint64]chan *pb.Awaited{},
	}
}

// Write sends rows in frames of bounded size, as far as there is credit.
func (o *output) Write(split, table string, mode sdk.Mode, b *batch.Batch) error {
	s, err := o.sender(rowStream{table, mode, b.Weights != nil})
	if err != nil {
		return err
	}
	return wire.Split(b, func(part *batch.Batch) error {
		body, err := s.encoder.Rows(part)
		if err != nil {
			return fmt.Errorf("table %q: %w", table, err)
		}
		return o.pay(split, len(body), &wire.Frame{Body: body, Msg: &pb.PluginFrame{
			Kind: &pb.PluginFrame_Rows{Rows: &pb.Rows{Stream: s.id, Split: split}},
		}})
	})
}

// Commit sends the end of a transaction. It waits for credit only: the host counts what it has not
// taken yet.
func (o *output) Commit(split string, p sdk.Position) error {
	return o.pay(split, len(p), &wire.Frame{Msg: &pb.PluginFrame{
		Kind: &pb.PluginFrame_Commit{Commit: &pb.Commit{Split: split, Position: p}},
	}})
}

// Await asks the host and waits for its answer.
func (o *output) Await(split string, p sdk.Position, until sdk.Stage) (sdk.Epoch, error) {
	answer := make(chan *pb.Awaited, 1)
	o.mu.Lock()
	o.lastID++
	id := o.lastID
	o.waiting[id] = answer
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.waiting, id)
	}()
	err := o.pay(split, 0, &wire.Frame{Msg: &pb.PluginFrame{
		Kind: &pb.PluginFrame_Await{Await: &pb.Await{Id: id, Split: split, Position: p, Stage: uint32(until)}},
	}})
	if err != nil {
		return 0, err
	}
	select {
	case a := <-answer:
		if a.Error != "" {
			return 0, errors.New(a.Error)
		}
		return sdk.Epoch(a.Epoch), nil
	case <-o.ctx.Done():
		return 0, o.ctx.Err()
	}
}

// Live tells that a table's first full read is complete.
func (o *output) Live(table string) error {
	return o.transmit(&wire.Frame{Msg: &pb.PluginFrame{Kind: &pb.PluginFrame_Live{Live: &pb.Live{Table: table}}}})
}

// done ends the read. When even that cannot be sent the host is gone, and the process ends soon.
func (o *output) done(err error) {
	o.send.Lock()
	defer o.send.Unlock()
	_ = o.stream.SendMsg(&wire.Frame{Msg: &pb.PluginFrame{Kind: &pb.PluginFrame_Done{Done: &pb.Done{Failure: failure(err)}}}})
}

// sender returns the row stream, opening it at its first use.
func (o *output) sender(key rowStream) (*sender, error) {
	o.send.Lock()
	defer o.send.Unlock()
	if s := o.streams[key]; s != nil {
		return s, nil
	}
	fields, err := fieldsOf(o.req, key.table)
	if err != nil {
		return nil, err
	}
	s := &sender{id: uint32(len(o.streams)) + 1, encoder: wire.NewEncoder(fields, key.weighted)}
	body, err := s.encoder.Schema()
	if err != nil {
		return nil, err
	}
	o.streams[key] = s
	return s, o.stream.SendMsg(&wire.Frame{Body: body, Msg: &pb.PluginFrame{
		Kind: &pb.PluginFrame_Schema{Schema: &pb.Schema{Stream: s.id, Table: key.table, Mode: uint32(key.mode)}},
	}})
}

// fieldsOf returns the columns that were asked for of a table, in order.
func fieldsOf(req sdk.Request, table string) ([]batch.Field, error) {
	for _, t := range req.Tables {
		if t.Name != table {
			continue
		}
		if t.Columns == nil {
			return t.Schema.Fields, nil
		}
		fields := make([]batch.Field, len(t.Columns))
		for i, name := range t.Columns {
			at := t.Schema.Index(name)
			if at < 0 {
				return nil, fmt.Errorf("table %q has no column %q", table, name)
			}
			fields[i] = t.Schema.Fields[at]
		}
		return fields, nil
	}
	return nil, fmt.Errorf("table %q was not asked for", table)
}

// pay sends a frame of a split once its account is not overdrawn.
func (o *output) pay(split string, bytes int, f *wire.Frame) error {
	a := o.account(split)
	for {
		o.mu.Lock()
		if a.left > 0 {
			a.left -= cost(bytes)
			o.mu.Unlock()
			return o.transmit(f)
		}
		o.mu.Unlock()
		select {
		case <-a.more:
		case <-o.ctx.Done():
			return o.ctx.Err()
		}
	}
}

func (o *output) account(split string) *account {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.credits[split]
	if a == nil {
		a = &account{left: o.window, more: make(chan struct{}, 1)}
		o.credits[split] = a
	}
	return a
}

func (o *output) credit(split string, bytes int64) {
	a := o.account(split)
	o.mu.Lock()
	a.left += bytes
	o.mu.Unlock()
	select {
	case a.more <- struct{}{}:
	default:
	}
}

func (o *output) awaited(a *pb.Awaited) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if answer := o.waiting[a.Id]; answer != nil {
		answer <- a // has room for the one answer
		delete(o.waiting, a.Id)
	}
}

func (o *output) transmit(f *wire.Frame) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	o.send.Lock()
	defer o.send.Unlock()
	return o.stream.SendMsg(f)
}
