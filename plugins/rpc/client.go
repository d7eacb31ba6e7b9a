package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	pb "github.com/millrace-dev/millrace/plugins/proto"
	"github.com/millrace-dev/millrace/sdk"
)

// Client is the host's side. Its errors are Failures and sdk.ConfigErrors when they come from the
// connector, and gRPC's when the connection or the process has a problem.
type Client struct {
	rpc  pb.ConnectorClient
	conn *grpc.ClientConn
	// Stop is how long a read may take to end after it was told to; then it is ErrHangs.
	Stop time.Duration
}

// ErrHangs is a read that does not end though it was told to.
var ErrHangs = errors.New("the read does not stop")

// Spec returns the connector's description.
func (c *Client) Spec(ctx context.Context) (sdk.Spec, error) {
	reply, err := c.rpc.Spec(ctx, &pb.SpecRequest{})
	if err != nil {
		return sdk.Spec{}, err
	}
	var spec sdk.Spec
	if err := json.Unmarshal(reply.Spec, &spec); err != nil {
		return spec, fmt.Errorf("spec: %w", err)
	}
	return spec, nil
}

// Open opens the source.
func (c *Client) Open(ctx context.Context, config []byte) (*Source, error) {
	reply, err := c.rpc.Open(ctx, &pb.OpenRequest{Config: config})
	if err != nil {
		return nil, err
	}
	if reply.Failure != nil {
		return nil, failed(reply.Failure)
	}
	return &Source{client: c, id: reply.Source, acks: reply.Acks}, nil
}

// Source is an open source in the plugin.
type Source struct {
	client *Client
	id     uint64
	acks   bool
}

// Acks reports whether the source wants to hear what is acked.
func (s *Source) Acks() bool { return s.acks }

// Tables returns the source's tables.
func (s *Source) Tables(ctx context.Context) ([]sdk.Table, error) {
	reply, err := s.client.rpc.Tables(ctx, &pb.TablesRequest{Source: s.id})
	if err != nil {
		return nil, err
	}
	if reply.Failure != nil {
		return nil, failed(reply.Failure)
	}
	var tables []sdk.Table
	if err := json.Unmarshal(reply.Tables, &tables); err != nil {
		return nil, fmt.Errorf("tables: %w", err)
	}
	return tables, nil
}

// Ack tells the source which positions can no longer be lost.
func (s *Source) Ack(ctx context.Context, positions map[string]sdk.Position) error {
	reply, err := s.client.rpc.Ack(ctx, &pb.AckRequest{Source: s.id, Positions: toProto(positions)})
	if err != nil {
		return err
	}
	return failed(reply.Failure)
}

// Close closes the source.
func (s *Source) Close(ctx context.Context) error {
	reply, err := s.client.rpc.Close(ctx, &pb.CloseRequest{Source: s.id})
	if err != nil {
		return err
	}
	return failed(reply.Failure)
}

func toProto(positions map[string]sdk.Position) map[string][]byte {
	out := make(map[string][]byte, len(positions))
	for split, p := range positions {
		out[split] = p
	}
	return out
}
