// Command latency measures, on a running example, how long a change takes from the call that pushes it until every
// view shows it: single rows of each table, first with nothing else to do and then while another client streams
// rows. It takes out again what it puts in.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

// bench is what is measured, and with what.
type bench struct {
	api, push string
	changes   int           // of each table
	pause     time.Duration // between them
	load      int           // rows a second
	batch     int           // rows of a request of the load
	count     map[string]int
	client    *http.Client
	out       io.Writer
}

func run(ctx context.Context, args []string, out io.Writer) error {
	b := bench{client: &http.Client{Timeout: time.Minute}, count: map[string]int{}, out: out}
	flags := flag.NewFlagSet("latency", flag.ContinueOnError)
	flags.StringVar(&b.api, "api", "http://localhost:8080", "where views are served")
	flags.StringVar(&b.push, "push", "http://localhost:8085", "where rows are taken")
	flags.IntVar(&b.changes, "n", 300, "changes of each table")
	flags.DurationVar(&b.pause, "pause", 5*time.Millisecond, "pause between changes")
	flags.IntVar(&b.load, "load", 3000, "rows a second that the other client streams")
	flags.IntVar(&b.batch, "batch", 100, "rows in one of its requests")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.changes < 1 || b.batch < 1 || b.load < 0 {
		return errors.New("-n and -batch are at least 1, -load at least 0")
	}
	for _, table := range []string{"customers", "orders", "products"} {
		n, err := b.rows(ctx, table)
		if err != nil {
			return err
		}
		b.count[table] = n
	}
	fmt.Fprintf(b.out, "%-24s %8s %8s %8s %8s %8s\n", "milliseconds", "changes", "p50", "p90", "p99", "max")
	if err := b.measure(ctx, "idle"); err != nil || b.load == 0 {
		return err
	}
	return b.underLoad(ctx)
}

// rows asks how many rows a view has.
func (b *bench) rows(ctx context.Context, view string) (n int, err error) {
	answer, err := b.do(ctx, http.MethodPost, b.api+"/"+view+"/count", nil)
	if err == nil {
		err = json.Unmarshal(answer, &n)
	}
	if err == nil && n == 0 {
		err = fmt.Errorf("view %s is empty", view)
	}
	return n, err
}

// row is a row as the push connector takes it.
type row map[string]any

// fresh is the first key of the rows that are put in. No scale of the example's data reaches it.
const fresh = 2_100_000_000

// change returns the i-th change of a table: a row comes, is changed and goes, again and again.
func (b *bench) change(table string, i int) (method, path string, body any) {
	key := fresh + i/3%2
	if i%3 == 2 {
		return http.MethodDelete, fmt.Sprintf("%s/%d", table, key), nil
	}
	value := float64(i) / 100
	switch table {
	case "customers":
		return http.MethodPost, table, row{"customer_id": key, "name": fmt.Sprint("name ", i), "email": "a@b.com"}
	case "orders":
		return http.MethodPost, table, row{"order_id": key, "customer_id": 1 + i%b.count["customers"], "order_date": "2022-06-01T12:00:00Z", "total_amount": value}
	case "order_items":
		return http.MethodPost, table, row{"order_item_id": key, "order_id": 1 + i%b.count["orders"], "product_id": 1 + i%b.count["products"], "quantity": i % 10, "price": value}
	}
	return http.MethodPost, table, row{"product_id": key, "name": fmt.Sprint("name ", i), "category": "c", "price": value}
}

// measure makes changes to each table, one after the other, and prints how long they took.
func (b *bench) measure(ctx context.Context, when string) error {
	var all []time.Duration
	for _, table := range []string{"customers", "orders", "order_items", "products"} {
		var took []time.Duration
		for i := range (b.changes + 2) / 3 * 3 { // so that the last one takes the last row out
			method, path, body := b.change(table, i)
			start := time.Now()
			if _, err := b.do(ctx, method, b.push+"/"+path+"?wait=visible", body); err != nil {
				return err
			}
			took = append(took, time.Since(start))
			select {
			case <-time.After(b.pause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		b.print(table+", "+when, took)
		all = append(all, took...)
	}
	b.print("all, "+when, all)
	return nil
}

func (b *bench) print(what string, took []time.Duration) {
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	fmt.Fprintf(b.out, "%-24s %8d %8.2f %8.2f %8.2f %8.2f\n", what, len(took), at(0.5), at(0.9), at(0.99), at(1))
}

// underLoad measures again while order items are streamed, and takes them out again.
func (b *bench) underLoad(ctx context.Context) error {
	streaming, stop := context.WithCancel(ctx)
	defer stop()
	var wait sync.WaitGroup
	var sent int
	var failed error
	start := time.Now()
	wait.Go(func() { sent, failed = b.stream(streaming) })
	err := b.measure(ctx, "under load")
	stop()
	wait.Wait()
	fmt.Fprintf(b.out, "load: %.0f rows/s, aim %d\n", float64(sent)/time.Since(start).Seconds(), b.load)
	return errors.Join(err, failed, b.takeOut(ctx, sent))
}

// stream sends order items at an even rate until ctx ends, and returns how many.
func (b *bench) stream(ctx context.Context) (sent int, err error) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // keys of a load
	tick := time.NewTicker(time.Second * time.Duration(b.batch) / time.Duration(b.load))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return sent, nil
		}
		rows := make([]row, b.batch)
		for i := range rows {
			rows[i] = row{
				"order_item_id": fresh + 1000 + sent + i, "order_id": 1 + random.IntN(b.count["orders"]),
				"product_id": 1 + random.IntN(b.count["products"]), "quantity": 1, "price": 2.5,
			}
		}
		if _, err := b.do(context.WithoutCancel(ctx), http.MethodPost, b.push+"/order_items", rows); err != nil {
			return sent, err
		}
		sent += b.batch
	}
}

// takeOut deletes what stream has put in.
func (b *bench) takeOut(ctx context.Context, sent int) error {
	for at := 0; at < sent; at += 10_000 {
		var keys []row
		for i := at; i < min(at+10_000, sent); i++ {
			keys = append(keys, row{"order_item_id": fresh + 1000 + i})
		}
		if _, err := b.do(ctx, http.MethodDelete, b.push+"/order_items?wait=visible", keys); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) do(ctx context.Context, method, url string, body any) ([]byte, error) {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d %s", method, url, resp.StatusCode, strings.TrimSpace(string(answer)))
	}
	return answer, err
}
