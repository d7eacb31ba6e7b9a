package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/millrace-dev/millrace/host/api/proto/dozer"
	"github.com/millrace-dev/millrace/host/view"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// bigShop has a million rows of the shape of customer orders.
func bigShop(b *testing.B, rows int) *shop {
	s := newShop(b, 0)
	schema := batch.Schema{Key: []int{3}, Fields: []batch.Field{
		field("customer_id", batch.T(batch.Int32), false), field("name", batch.T(batch.Utf8), false), field("email", batch.T(batch.Utf8), false),
		field("order_id", batch.T(batch.Int32), false), field("order_date", batch.T(batch.Timestamp), false),
		field("total_amount", batch.T(batch.Float64), false), field("count", batch.T(batch.Int64), false),
	}}
	v, err := s.pipeline.Define(view.Definition{Name: "customer_orders", Schema: schema})
	if err != nil {
		b.Fatal(err)
	}
	s.endpoints = append(s.endpoints, Endpoint{Name: "customer_orders", Path: "/customer_orders", View: v})
	l, err := s.pipeline.Load(v, 2)
	if err != nil {
		b.Fatal(err)
	}
	w := l.Writer()
	out := batch.NewBuilder(schema.Types())
	for i := range rows {
		if err := out.AppendValues(1, int64(i*7%rows), "person name", "someone@example.com", int64(i), int64(1_650_000_000_000_000+i), float64(i)/4, int64(i%12)); err != nil {
			b.Fatal(err)
		}
		if out.Rows() == 4096 || i == rows-1 {
			if err := w.Add(out.Take()); err != nil {
				b.Fatal(err)
			}
		}
	}
	loaded, err := l.Finish(context.Background(), nil)
	if err != nil {
		b.Fatal(err)
	}
	tx := s.pipeline.Begin(2)
	tx.Flip(loaded)
	if err := tx.Commit(false); err != nil {
		b.Fatal(err)
	}
	if err := s.pipeline.Publish(2); err != nil {
		b.Fatal(err)
	}
	return s
}

const callers = 50

// spread runs call from 50 goroutines until b.N calls are made.
func spread(b *testing.B, call func() error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportAllocs()
}

// BenchmarkPage measures a page of 50 records from a million, 50 callers, over TCP, the callers in the same process.
func BenchmarkPage(b *testing.B) {
	s := bigShop(b, 1_000_000)
	rest, rpc := serve(b, s, anyPorts).Addresses()
	b.Run("grpc", func(b *testing.B) {
		client := dozer.NewCommonGrpcServiceClient(dial(b, rpc))
		in := &dozer.QueryRequest{Endpoint: "customer_orders"}
		spread(b, func() error {
			out, err := client.Query(context.Background(), in)
			if err == nil && len(out.GetRecords()) != 50 {
				err = fmt.Errorf("%d records", len(out.GetRecords()))
			}
			return err
		})
	})
	b.Run("grpc-undecoded", func(b *testing.B) {
		conn := dial(b, rpc)
		in := &dozer.QueryRequest{Endpoint: "customer_orders"}
		spread(b, func() error {
			out := &dozer.CountResponse{} // knows none of the fields' types: keeps the bytes
			return conn.Invoke(context.Background(), "/dozer.common.CommonGrpcService/query", in, out)
		})
	})
	b.Run("rest", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
		defer client.CloseIdleConnections()
		spread(b, func() error {
			a, err := client.Get("http://" + rest + "/customer_orders")
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, a.Body)
			a.Body.Close()
			return err
		})
	})
}

// BenchmarkEncodePage compares a page of 50 records written by hand with one written through messages,
// both with reading the rows.
func BenchmarkEncodePage(b *testing.B) {
	s := bigShop(b, 50)
	svc := &service{backend: s, opts: Options{}.withDefaults()}
	e, err := svc.endpoint("customer_orders")
	if err != nil {
		b.Fatal(err)
	}
	run := func(b *testing.B, emit func(page) error) {
		session, err := svc.session(b.Context(), e, &Access{All: true}, 0)
		if err != nil {
			b.Fatal(err)
		}
		defer session.close()
		if _, err := session.run(b.Context(), &query{filter: &filter{}, limit: -1}, emit); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("hand", func(b *testing.B) {
		var data []byte
		for b.Loop() {
			data = data[:0]
			run(b, func(p page) (err error) {
				var e encoder
				data, err = e.appendPage(data, p)
				return err
			})
		}
		b.ReportAllocs()
	})
	b.Run("messages", func(b *testing.B) {
		for b.Loop() {
			run(b, func(p page) error {
				_, err := proto.Marshal(messages(p))
				return err
			})
		}
		b.ReportAllocs()
	})
}

// messages puts a page of bigShop into messages.
func messages(p page) *dozer.QueryResponse {
	out := &dozer.QueryResponse{}
	for i := range p.ids {
		r := &dozer.Record{Id: p.ids[i], Version: p.versions[i]}
		for c := range p.rows.Cols {
			v := &dozer.Value{}
			switch x := p.rows.Cols[c].Value(i).(type) {
			case int64:
				if v.Value = (&dozer.Value_IntValue{IntValue: x}); p.rows.Cols[c].Type.Kind == batch.Timestamp {
					v.Value = &dozer.Value_TimestampValue{TimestampValue: timestamppb.New(time.UnixMicro(x))}
				}
			case string:
				v.Value = &dozer.Value_StringValue{StringValue: x}
			case float64:
				v.Value = &dozer.Value_FloatValue{FloatValue: x}
			}
			r.Values = append(r.Values, v)
		}
		out.Records = append(out.Records, r)
	}
	return out
}
