package api

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/millrace-dev/millrace/host/api/proto/dozer"
)

func dial(t testing.TB, target string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

var anyPorts = Options{REST: Listen{Address: "127.0.0.1:0", Setting: "api.rest.port"}, GRPC: Listen{Address: "127.0.0.1:0", Setting: "api.grpc.port"}}

func TestCommonService(t *testing.T) {
	s := newShop(t, 100)
	_, addr := serve(t, s, anyPorts).Addresses()
	client := dozer.NewCommonGrpcServiceClient(dial(t, addr))
	ctx := t.Context()
	names, err := client.GetEndpoints(ctx, &dozer.GetEndpointsRequest{})
	if err != nil || !slices.Equal(names.GetEndpoints(), []string{"orders", "tags", "types"}) {
		t.Errorf("endpoints %v %v", names, err)
	}
	fields, err := client.GetFields(ctx, &dozer.GetFieldsRequest{Endpoint: "orders"})
	if err != nil || !slices.Equal(fields.GetPrimaryIndex(), []int32{1, 0}) || fields.GetFields()[2].String() != `typ:String  name:"city"  nullable:true` &&
		fields.GetFields()[2].GetTyp() != dozer.Type_String {
		t.Errorf("fields %v %v", fields, err)
	}
	n, err := client.Count(ctx, &dozer.QueryRequest{Endpoint: "orders", Query: new(`{"$filter": {"customer_id": 3}}`)})
	if err != nil || n.GetCount() != 14 {
		t.Errorf("count %v %v", n, err)
	}
	var head metadata.MD
	page, err := client.Query(ctx, &dozer.QueryRequest{Endpoint: "orders", Query: new(`{"$limit": 3, "$filter": {"customer_id": 3}}`)}, grpc.Header(&head))
	if err != nil || len(page.GetFields()) != 4 || len(page.GetRecords()) != 3 || head.Get(headerEpoch)[0] != "1" || len(head.Get(headerNext)) != 1 {
		t.Fatalf("query %v %v %v", page, err, head)
	}
	second := page.GetRecords()[1]
	if second.GetValues()[0].GetIntValue() != 10 || second.GetValues()[3].GetFloatValue() != s.orders[10].total || second.GetVersion() != 1 || second.GetId() == 0 {
		t.Errorf("record %v", second)
	}
	for query, code := range map[string]codes.Code{`{"$filter": {"x": 1}}`: codes.InvalidArgument, `{`: codes.InvalidArgument} {
		if _, err := client.Query(ctx, &dozer.QueryRequest{Endpoint: "orders", Query: &query}); status.Code(err) != code {
			t.Errorf("%s: %v, want %v", query, err, code)
		}
	}
	if _, err := client.Query(ctx, &dozer.QueryRequest{Endpoint: "order"}); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), `did you mean "orders"`) {
		t.Errorf("unknown endpoint: %v", err)
	}
	stream, err := client.OnEvent(ctx, &dozer.OnEventRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("OnEvent: %v", err)
	}
	waiting, cancel := context.WithTimeout(metadata.AppendToOutgoingContext(ctx, headerMinEpoch, "7"), 50*time.Millisecond)
	defer cancel()
	if _, err := client.Query(waiting, &dozer.QueryRequest{Endpoint: "orders"}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("min_epoch: %v", err)
	}
	s.hidden.Store(true)
	if _, err := client.Query(ctx, &dozer.QueryRequest{Endpoint: "orders"}); status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "5 of 10 rows") {
		t.Errorf("snapshotting: %v", err)
	}
}

// TestRecordsOnTheWire: what is written by hand reads as every type's value.
func TestRecordsOnTheWire(t *testing.T) {
	s := newShop(t, 0)
	_, addr := serve(t, s, anyPorts).Addresses()
	client := dozer.NewCommonGrpcServiceClient(dial(t, addr))
	page, err := client.Query(t.Context(), &dozer.QueryRequest{Endpoint: "types"})
	if err != nil || len(page.GetRecords()) != 1 {
		t.Fatal(page, err)
	}
	record := page.GetRecords()[0]
	want := map[string]string{
		"id": "int_value:-7", "bool": "bool_value:true", "int8": "int_value:-8", "uint64": "uint_value:9223372036854775808", "float32": "float_value:0.5",
		"decimal": "decimal_value:{scale:2 lo:12345 negative:true}", "huge": `string_value:"20282409603651670423947251286.017"`,
		"int128": `int_128_value:"18446744073709551616"`, "uint128": `uint_128_value:"340282366920938463444927863358058659841"`,
		"binary": `bytes_value:"\x00\xff"`, "date": `string_value:"2022-01-08"`, "timestamp": "timestamp_value:{seconds:1650000000 nanos:123000000}",
		"duration": `duration_value:{value:"1500000" time_unit:"Nanoseconds"}`,
		"json":     `json_value:{struct_value:{fields:{key:"a" value:{list_value:{values:{number_value:1} values:{null_value:NULL_VALUE}}}}}}`,
		"uuid":     `string_value:"01020000-0000-0000-0000-000000000000"`, "point": "point_value:{x:1.5 y:-2}", "null": "",
	}
	for i, f := range page.GetFields() {
		got := strings.ReplaceAll(record.GetValues()[i].String(), "  ", " ")
		if got != want[f.GetName()] {
			t.Errorf("%s (%v) is %s, want %s", f.GetName(), f.GetTyp(), got, want[f.GetName()])
		}
	}
	if record.GetId() != 3318932350419407725 || record.GetVersion() != 1 {
		t.Errorf("record %d, version %d", record.GetId(), record.GetVersion())
	}
}

func TestHealthAndReflection(t *testing.T) {
	_, addr := serve(t, newShop(t, 1), anyPorts).Addresses()
	conn := dial(t, addr)
	ctx := t.Context()
	for service, want := range map[string]dozer.HealthCheckResponse_ServingStatus{"": 1, "common": 1, "typed": 2} {
		got, err := dozer.NewHealthGrpcServiceClient(conn).HealthCheck(ctx, &dozer.HealthCheckRequest{Service: service})
		if err != nil || got.GetStatus() != want {
			t.Errorf("%q: %v %v", service, got, err)
		}
	}
	if _, err := dozer.NewHealthGrpcServiceClient(conn).HealthCheck(ctx, &dozer.HealthCheckRequest{Service: "x"}); status.Code(err) != codes.NotFound {
		t.Errorf("an unknown service: %v", err)
	}
	if got, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}); err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("grpc.health.v1: %v %v", got, err)
	}
	stream, err := reflectpb.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&reflectpb.ServerReflectionRequest{MessageRequest: &reflectpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "dozer.common.CommonGrpcService"}}); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil || len(answer.GetFileDescriptorResponse().GetFileDescriptorProto()) == 0 {
		t.Errorf("reflection: %v %v", answer, err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Error(err)
	}
}

// TestTokens: a token shows its holder what it names, on every path.
func TestTokens(t *testing.T) {
	s := newShop(t, 100)
	now := time.Unix(1_700_000_000, 0)
	opts := anyPorts
	opts.Secret, opts.Now = "secret", func() time.Time { return now }
	server := serve(t, s, opts)
	_, addr := server.Addresses()
	h := server.http.Handler
	call(t, h, "GET", "/orders", "").failure(t, 401, "unauthenticated", "Bearer")
	call(t, h, "GET", "/health", "").failure(t, 401, "unauthenticated", "")
	all, err := NewToken("secret", Access{All: true}, now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	if a := call(t, h, "GET", "/orders", "", bearer(all)...); len(a.records(t)) != 50 {
		t.Error("access to everything does not give everything")
	}
	wrong, _ := NewToken("other", Access{All: true}, now.Add(time.Minute))
	call(t, h, "GET", "/orders", "", bearer(wrong)...).failure(t, 401, "unauthenticated", "signature")
	old, _ := NewToken("secret", Access{All: true}, now)
	call(t, h, "GET", "/orders", "", bearer(old)...).failure(t, 401, "unauthenticated", "expired")
	millis, _ := NewToken("secret", Access{All: true}, time.Unix((now.Unix()+60)*1000, 0))
	if a := call(t, h, "GET", "/", "", bearer(millis)...); a.status != 200 {
		t.Errorf("a token of Dozer's: %s", a.body)
	}
	millis, _ = NewToken("secret", Access{All: true}, time.Unix((now.Unix()-60)*1000, 0))
	call(t, h, "GET", "/", "", bearer(millis)...).failure(t, 401, "unauthenticated", "expired")

	body := `{"Custom": {"orders": {"filter": {"city": "York"}, "fields": ["order_id", "customer_id"]}}}`
	call(t, h, "POST", "/auth/token", `{"x": 1}`, bearer(all)...).failure(t, 400, "bad_query", "access is")
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(call(t, h, "POST", "/auth/token", body, bearer(all)...).body), &made); err != nil {
		t.Fatal(err)
	}
	narrow := bearer(made.Token)
	call(t, h, "POST", "/auth/token", `"All"`, narrow...).failure(t, 401, "unauthenticated", "only a token")
	call(t, h, "GET", "/types", "", narrow...).failure(t, 403, "forbidden", `endpoint "types"`)
	call(t, h, "POST", "/types/phase", "", narrow...).failure(t, 403, "forbidden", "")
	records := call(t, h, "GET", "/orders?$limit=1000", "", narrow...).records(t)
	yorks, other := 0, order{}
	for _, o := range s.orders {
		if o.city == "York" {
			yorks++
		} else {
			other = o
		}
	}
	if len(records) != yorks || len(records[0]) != 4 {
		t.Errorf("%d records, want %d, with %d members", len(records), yorks, len(records[0]))
	}
	key, _ := json.Marshal([]int32{other.customer, other.id})
	call(t, h, "GET", "/orders/"+strings.Trim(string(key), "[]"), "", narrow...).failure(t, 404, "not_found", "")
	call(t, h, "POST", "/orders/query", `{"$filter": {"city": "York"}}`, narrow...).failure(t, 400, "unknown_column", "")

	client := dozer.NewCommonGrpcServiceClient(dial(t, addr))
	if _, err := client.GetEndpoints(t.Context(), &dozer.GetEndpointsRequest{}); status.Code(err) != codes.Unauthenticated {
		t.Errorf("no token: %v", err)
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+made.Token)
	n, err := client.Count(ctx, &dozer.QueryRequest{Endpoint: "orders"})
	if err != nil || int(n.GetCount()) != yorks {
		t.Errorf("count %v %v", n, err)
	}
	if names, err := client.GetEndpoints(ctx, &dozer.GetEndpointsRequest{}); err != nil || !slices.Equal(names.GetEndpoints(), []string{"orders"}) {
		t.Errorf("endpoints %v %v", names, err)
	}
	rpc := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+all)
	if token, err := dozer.NewAuthGrpcServiceClient(dial(t, addr)).GetAuthToken(rpc, &dozer.GetAuthTokenRequest{AccessFilter: body}); err != nil || token.GetToken() == "" {
		t.Errorf("token %v %v", token, err)
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	opts := anyPorts
	opts.GRPC.Address = l.Addr().String()
	s := New(newShop(t, 1), opts)
	err = s.Run(t.Context())
	var used *InUse
	if !errors.As(err, &used) || used.Setting != "api.grpc.port" || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("%v", err)
	}
}

// TestForward serves one process's socket at another's port, and closes callers out when nobody is there.
func TestForward(t *testing.T) {
	dir := t.TempDir()
	rest, rpc := filepath.Join(dir, "rest.sock"), filepath.Join(dir, "grpc.sock")
	stale, err := net.Listen("unix", rest)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close() // what a crash leaves
	serve(t, newShop(t, 10), Options{REST: Listen{Socket: rest}, GRPC: Listen{Socket: rpc}})
	free := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	restAt, rpcAt := free(), free()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- Forward(ctx, Listen{restAt, "api.rest.port", rest}, Listen{rpcAt, "api.grpc.port", rpc})
	}()
	client := &http.Client{Timeout: 5 * time.Second}
	for try := 0; ; try++ {
		a, err := client.Get("http://" + restAt + "/orders")
		if err == nil {
			if a.StatusCode != 200 || a.Header.Get(headerEpoch) != "1" {
				t.Errorf("%d %v", a.StatusCode, a.Header)
			}
			a.Body.Close()
			break
		}
		if try == 100 {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	n, err := dozer.NewCommonGrpcServiceClient(dial(t, rpcAt)).Count(t.Context(), &dozer.QueryRequest{Endpoint: "orders"})
	if err != nil || n.GetCount() != 10 {
		t.Errorf("%v %v", n, err)
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
