package api

import (
	"context"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec for everything but pages of records
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"github.com/millrace-dev/millrace/host/api/proto/dozer"
)

const maxMessage = 64 << 20

// common is dozer.common.CommonGrpcService.
type common struct {
	dozer.UnimplementedCommonGrpcServiceServer
	*service
}

// encoded is a message that was written to the wire format by hand.
type encoded struct{ data *[]byte }

// codec passes encoded messages on and leaves the others to the usual codec.
type codec struct{ encoding.CodecV2 }

// Marshal gives the buffer of an encoded message to gRPC, which frees it after the write.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if e, ok := v.(*encoded); ok {
		return mem.BufferSlice{mem.NewBuffer(e.data, buffers)}, nil
	}
	return c.CodecV2.Marshal(v)
}

// buffers holds the memory of answers.
var buffers = mem.DefaultBufferPool()

// newGRPC returns a server with all services and what switches their health.
func newGRPC(s *service) (*grpc.Server, *health.Server) {
	server := grpc.NewServer(
		grpc.ForceServerCodecV2(codec{encoding.GetCodecV2("proto")}),
		grpc.MaxSendMsgSize(maxMessage), grpc.MaxRecvMsgSize(maxBody),
		grpc.WriteBufferSize(64<<10), grpc.ReadBufferSize(32<<10),
		grpc.NumStreamWorkers(4),
	)
	c := &common{service: s}
	server.RegisterService(queryByHand(&dozer.CommonGrpcService_ServiceDesc), c)
	state := health.NewServer()
	healthpb.RegisterHealthServer(server, state)
	dozer.RegisterHealthGrpcServiceServer(server, &dozerHealth{})
	if s.opts.Secret != "" {
		dozer.RegisterAuthGrpcServiceServer(server, &auth{service: s})
	}
	reflection.Register(server)
	return server, state
}

// queryByHand returns the service with the handler of query replaced: it answers with encoded records.
func queryByHand(desc *grpc.ServiceDesc) *grpc.ServiceDesc {
	out := *desc
	out.Methods = append([]grpc.MethodDesc{}, desc.Methods...)
	for i := range out.Methods {
		if out.Methods[i].MethodName != "query" {
			continue
		}
		out.Methods[i].Handler = func(srv any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			in := new(dozer.QueryRequest)
			if err := decode(in); err != nil {
				return nil, err
			}
			return srv.(*common).page(ctx, in)
		}
	}
	return &out
}

// first returns a value of the request's metadata.
func first(md metadata.MD, name string) string {
	if values := md[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// with opens an endpoint for a call and names its epoch in the answer's metadata.
func (c *common) with(ctx context.Context, name string, fn func(*session, metadata.MD) error) (err error) {
	start := time.Now()
	var e *Endpoint
	defer func() {
		c.observe(e, "grpc", start, err)
		if err != nil {
			err = c.statusOf(ctx, err)
		}
	}()
	md, _ := metadata.FromIncomingContext(ctx)
	access, err := c.authorize(first(md, "authorization"))
	if err != nil {
		return err
	}
	if e, err = c.endpoint(name); err != nil {
		return err
	}
	var minEpoch uint64
	if text := first(md, headerMinEpoch); text != "" {
		if minEpoch, err = strconv.ParseUint(text, 10, 64); err != nil {
			return newError(codeBadQuery, "%s: %q is not an epoch", headerMinEpoch, text)
		}
	}
	s, err := c.session(ctx, e, &access, minEpoch)
	if err != nil {
		return err
	}
	defer s.close()
	head := metadata.MD{headerEpoch: {strconv.FormatUint(s.epoch(), 10)}}
	if err := fn(s, head); err != nil {
		return err
	}
	return grpc.SetHeader(ctx, head)
}

// statusOf returns an error as gRPC tells it; the answer's metadata has what has no place in a status.
func (c *common) statusOf(ctx context.Context, err error) error {
	e := asError(err)
	if e.code == codeInternal {
		c.opts.Log.Error("request", "error", e.Message)
	}
	md := metadata.MD{"x-millrace-error": {e.code.name}}
	if e.Epoch > 0 {
		md[headerEpoch] = []string{strconv.FormatUint(uint64(e.Epoch), 10)}
	}
	_ = grpc.SetTrailer(ctx, md)
	return e.GRPCStatus().Err()
}

// page answers query.
func (c *common) page(ctx context.Context, in *dozer.QueryRequest) (out *encoded, err error) {
	data := buffers.Get(16 << 10)
	*data = (*data)[:0]
	err = c.with(ctx, in.GetEndpoint(), func(s *session, head metadata.MD) error {
		q, err := parseQuery([]byte(in.GetQuery()), s.columns)
		if err != nil {
			return err
		}
		if *data, err = appendHead(*data, s.columns); err != nil {
			return err
		}
		var e encoder
		next, err := s.run(ctx, q, func(p page) (err error) {
			if *data, err = e.appendPage(*data, p); err == nil && len(*data) > maxMessage {
				err = newError(codeTooLarge, "endpoint %q: the answer is above %d MiB: lower $limit and go on with $after", s.endpoint.Name, maxMessage>>20)
			}
			return err
		})
		if next != nil {
			head[headerNext] = []string{next.String()}
		}
		return err
	})
	if err != nil {
		buffers.Put(data)
		return nil, err
	}
	return &encoded{data}, nil
}

// Count answers how many records match a query.
func (c *common) Count(ctx context.Context, in *dozer.QueryRequest) (*dozer.CountResponse, error) {
	out := &dozer.CountResponse{}
	err := c.with(ctx, in.GetEndpoint(), func(s *session, _ metadata.MD) error {
		q, err := parseQuery([]byte(in.GetQuery()), s.columns)
		if err != nil {
			return err
		}
		n, err := s.execution(q, nil).count(ctx)
		out.Count = uint64(n)
		return err
	})
	return out, err
}

// GetEndpoints lists the endpoints that the caller may read.
func (c *common) GetEndpoints(ctx context.Context, _ *dozer.GetEndpointsRequest) (*dozer.GetEndpointsResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	access, err := c.authorize(first(md, "authorization"))
	if err != nil {
		return nil, c.statusOf(ctx, err)
	}
	out := &dozer.GetEndpointsResponse{}
	for _, e := range c.backend.Endpoints() {
		if _, err := access.of(e.Name); err == nil {
			out.Endpoints = append(out.Endpoints, e.Name)
		}
	}
	return out, nil
}

// GetFields describes the columns of an endpoint, and which of them are the key.
func (c *common) GetFields(ctx context.Context, in *dozer.GetFieldsRequest) (*dozer.GetFieldsResponse, error) {
	out := &dozer.GetFieldsResponse{}
	err := c.with(ctx, in.GetEndpoint(), func(s *session, _ metadata.MD) error {
		out.Fields = definitions(s.columns)
		for _, k := range s.columns.schema.Key {
			for at, v := range s.columns.visible {
				if v == k {
					out.PrimaryIndex = append(out.PrimaryIndex, int32(at))
				}
			}
		}
		return nil
	})
	return out, err
}

// OnEvent would follow changes; the changelog of views is not kept yet.
func (c *common) OnEvent(*dozer.OnEventRequest, grpc.ServerStreamingServer[dozer.Operation]) error {
	return status.Error(codes.Unimplemented, "OnEvent is not supported yet: poll with the header "+headerMinEpoch)
}

// dozerHealth is dozer.health.HealthGrpcService.
type dozerHealth struct {
	dozer.UnimplementedHealthGrpcServiceServer
}

var healthOf = map[string]dozer.HealthCheckResponse_ServingStatus{
	"": dozer.HealthCheckResponse_SERVING, "common": dozer.HealthCheckResponse_SERVING, "typed": dozer.HealthCheckResponse_NOT_SERVING,
}

// HealthCheck tells the state of a service.
func (*dozerHealth) HealthCheck(_ context.Context, in *dozer.HealthCheckRequest) (*dozer.HealthCheckResponse, error) {
	state, ok := healthOf[strings.ToLower(in.GetService())]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no service %q: ask for \"\", \"common\" or \"typed\"", in.GetService())
	}
	return &dozer.HealthCheckResponse{Status: state}, nil
}

// HealthWatch tells the state, which lasts until the server stops.
func (h *dozerHealth) HealthWatch(in *dozer.HealthCheckRequest, out grpc.ServerStreamingServer[dozer.HealthCheckResponse]) error {
	state, err := h.HealthCheck(out.Context(), in)
	if err != nil {
		return err
	}
	if err := out.Send(state); err != nil {
		return err
	}
	<-out.Context().Done()
	return nil
}

// auth is dozer.auth.AuthGrpcService.
type auth struct {
	dozer.UnimplementedAuthGrpcServiceServer
	*service
}

// GetAuthToken makes a token for a caller who has access to everything.
func (a *auth) GetAuthToken(ctx context.Context, in *dozer.GetAuthTokenRequest) (*dozer.GetAuthTokenResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	access, err := a.authorize(first(md, "authorization"))
	if err != nil {
		return nil, asError(err).GRPCStatus().Err()
	}
	token, err := a.newToken(access, []byte(in.GetAccessFilter()))
	if err != nil {
		return nil, asError(err).GRPCStatus().Err()
	}
	return &dozer.GetAuthTokenResponse{Token: token}, nil
}
