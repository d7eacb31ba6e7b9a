// Package rpc is the conversation between the host and a plugin: a server around an sdk.Opener in the
// plugin, and a client in the host that is an sdk.Opener again.
package rpc

import (
	"context"
	"errors"
	"math"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	pb "github.com/millrace-dev/millrace/plugins/proto"
	"github.com/millrace-dev/millrace/plugins/wire"
	"github.com/millrace-dev/millrace/sdk"
)

// Version is the protocol version that this package speaks; see connector.proto.
const Version = 1

// The environment variable by which a plugin knows that the host started it.
const (
	CookieKey   = "MILLRACE_PLUGIN"
	CookieValue = "connector"
)

const (
	pluginName = "connector"
	// http2Window lets several frames be under way. The smaller windows that gRPC starts with make the sender
	// wait for the receiver at every 64 KiB.
	http2Window = 8 << 20
	bufferBytes = 256 << 10
	// splitWindow is how many bytes of a split may be under way until the host has taken them.
	splitWindow = 4 << 20
	// minCost is what a frame counts at least, so that small ones are bounded, too.
	minCost = 16 << 10
)

// Handshake returns the go-plugin configuration that both sides share.
func Handshake() goplugin.HandshakeConfig {
	return goplugin.HandshakeConfig{ProtocolVersion: Version, MagicCookieKey: CookieKey, MagicCookieValue: CookieValue}
}

// Versions returns the plugin sets by protocol version; in the host, opener is nil.
func Versions(opener sdk.Opener) map[int]goplugin.PluginSet {
	return map[int]goplugin.PluginSet{Version: {pluginName: &connector{opener: opener}}}
}

// DialOptions are those of the host's connection.
func DialOptions(hang time.Duration) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(wire.Codec{})),
		grpc.WithInitialWindowSize(http2Window), grpc.WithInitialConnWindowSize(http2Window),
		grpc.WithReadBufferSize(bufferBytes), grpc.WithWriteBufferSize(bufferBytes),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: hang, Timeout: hang}),
	}
}

// Serve serves a connector to the host that started this process, and returns when the host says so.
func Serve(c sdk.Opener) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  Handshake(),
		VersionedPlugins: Versions(c),
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr}),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts,
				grpc.ForceServerCodecV2(wire.Codec{}),
				grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32),
				grpc.InitialWindowSize(http2Window), grpc.InitialConnWindowSize(http2Window),
				grpc.ReadBufferSize(bufferBytes), grpc.WriteBufferSize(bufferBytes),
				grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}))...)
		},
	})
}

// connector is what go-plugin calls a plugin: it registers our service on either side.
type connector struct {
	goplugin.NetRPCUnsupportedPlugin
	opener sdk.Opener
}

// GRPCServer registers the service in the plugin.
func (c *connector) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	pb.RegisterConnectorServer(s, &server{opener: c.opener, sources: map[uint64]sdk.Source{}})
	return nil
}

// GRPCClient returns the *Client of the host.
func (c *connector) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return &Client{rpc: pb.NewConnectorClient(conn), conn: conn}, nil
}

// Dispense returns the client of a started plugin.
func Dispense(p goplugin.ClientProtocol) (*Client, error) {
	raw, err := p.Dispense(pluginName)
	if err != nil {
		return nil, err
	}
	return raw.(*Client), nil
}

// failure describes an error of the connector to the host.
func failure(err error) *pb.Failure {
	if err == nil {
		return nil
	}
	f := &pb.Failure{Text: err.Error(), Canceled: errors.Is(err, context.Canceled)}
	var many sdk.ConfigErrors
	var one *sdk.ConfigError
	if !errors.As(err, &many) && errors.As(err, &one) {
		many = sdk.ConfigErrors{one}
	}
	for _, m := range many {
		f.Mistakes = append(f.Mistakes, &pb.Mistake{Path: m.Path, Msg: m.Msg, Fix: m.Fix})
	}
	return f
}

// Failure is an error that the connector itself returned, as opposed to one of the connection to it.
type Failure struct{ Text string }

// Error returns the connector's words.
func (f *Failure) Error() string { return f.Text }

// failed is the inverse of failure.
func failed(f *pb.Failure) error {
	switch {
	case f == nil:
		return nil
	case len(f.Mistakes) > 0:
		var errs sdk.ConfigErrors
		for _, m := range f.Mistakes {
			errs = append(errs, &sdk.ConfigError{Path: m.Path, Msg: m.Msg, Fix: m.Fix})
		}
		return errs
	case f.Canceled:
		return context.Canceled
	}
	return &Failure{Text: f.Text}
}

func cost(n int) int64 { return int64(max(n, minCost)) }
