package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"google.golang.org/grpc"

	pb "github.com/millrace-dev/millrace/plugins/proto"
	"github.com/millrace-dev/millrace/sdk"
)

// server is the plugin's side.
type server struct {
	pb.UnimplementedConnectorServer
	opener sdk.Opener

	mu      sync.Mutex
	last    uint64
	sources map[uint64]sdk.Source
}

// Spec describes the connector.
func (s *server) Spec(context.Context, *pb.SpecRequest) (*pb.SpecReply, error) {
	spec, err := json.Marshal(s.opener.Spec())
	return &pb.SpecReply{Spec: spec}, err
}

// Open opens a source and gives it a number. The source outlives the call, so its context does, too.
func (s *server) Open(ctx context.Context, in *pb.OpenRequest) (*pb.OpenReply, error) {
	src, err := s.opener.Open(context.WithoutCancel(ctx), in.Config)
	if err != nil {
		return &pb.OpenReply{Failure: failure(err)}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.sources[s.last] = src
	_, acks := src.(sdk.Acker)
	return &pb.OpenReply{Source: s.last, Acks: acks}, nil
}

func (s *server) source(id uint64) (sdk.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.sources[id]
	if src == nil {
		return nil, fmt.Errorf("source %d is not open", id)
	}
	return src, nil
}

// Tables returns the tables of a source.
func (s *server) Tables(ctx context.Context, in *pb.TablesRequest) (*pb.TablesReply, error) {
	src, err := s.source(in.Source)
	if err != nil {
		return &pb.TablesReply{Failure: failure(err)}, nil
	}
	tables, err := sdk.Discover(ctx, src)
	if err != nil {
		return &pb.TablesReply{Failure: failure(err)}, nil
	}
	raw, err := json.Marshal(tables)
	return &pb.TablesReply{Tables: raw}, err
}

// Ack hands positions on.
func (s *server) Ack(ctx context.Context, in *pb.AckRequest) (*pb.AckReply, error) {
	src, err := s.source(in.Source)
	if err != nil {
		return &pb.AckReply{Failure: failure(err)}, nil
	}
	acker, ok := src.(sdk.Acker)
	if !ok {
		return &pb.AckReply{}, nil
	}
	return &pb.AckReply{Failure: failure(acker.Ack(ctx, fromProto(in.Positions)))}, nil
}

// Close closes a source.
func (s *server) Close(_ context.Context, in *pb.CloseRequest) (*pb.CloseReply, error) {
	s.mu.Lock()
	src := s.sources[in.Source]
	delete(s.sources, in.Source)
	s.mu.Unlock()
	if src == nil {
		return &pb.CloseReply{}, nil
	}
	return &pb.CloseReply{Failure: failure(src.Close())}, nil
}

// Read runs the source's Read between the host's start and done, and ends when the host closes its
// side.
func (s *server) Read(stream grpc.BidiStreamingServer[pb.HostFrame, pb.PluginFrame]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	start := first.GetStart()
	src, err := s.source(start.GetSource())
	if err != nil {
		return err
	}
	var req sdk.Request
	if err := json.Unmarshal(start.Request, &req); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	out := newOutput(ctx, stream, req, start.Window)
	var reading sync.WaitGroup
	reading.Go(func() {
		err := src.Read(ctx, req, sdk.NewWriter(out, fromProto(start.Positions)))
		out.done(err)
	})
	defer reading.Wait()
	for {
		frame, err := stream.Recv()
		if err != nil {
			cancel()
			return nil
		}
		switch kind := frame.Kind.(type) {
		case *pb.HostFrame_Credit:
			out.credit(kind.Credit.Split, kind.Credit.Bytes)
		case *pb.HostFrame_Awaited:
			out.awaited(kind.Awaited)
		case *pb.HostFrame_Stop:
			cancel()
		}
	}
}

func fromProto(positions map[string][]byte) map[string]sdk.Position {
	out := make(map[string]sdk.Position, len(positions))
	for split, p := range positions {
		out[split] = p
	}
	return out
}
