// Command demo runs Millrace, given as its arguments, waits until the views are served, shows some queries and
// changes with their answers, and leaves the system running until it is interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: demo PROGRAM ARGUMENTS...")
		os.Exit(2)
	}
	d := demo{api: "http://localhost:8080", push: "http://localhost:8085", out: os.Stdout}
	if err := d.run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo is where the system is and who watches.
type demo struct {
	api, push string
	out       io.Writer
}

// run runs the program until ctx ends, and shows the steps once it is ready.
func (d demo) run(ctx context.Context, program []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w; run make build first", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !d.ready(ctx) {
		select {
		case err := <-ended:
			return fmt.Errorf("%s ended before its views were ready: %w", program[0], errors.Join(err, ctx.Err()))
		case <-time.After(100 * time.Millisecond):
		}
	}
	fmt.Fprintf(d.out, "\nReady after %.1f s. What is shown below works in another terminal, too.\n", time.Since(start).Seconds())
	if err := d.show(ctx); err != nil {
		cancel()
		return errors.Join(err, <-ended)
	}
	fmt.Fprint(d.out, "\nThe system goes on running. Ctrl-C ends it.\n")
	if err := <-ended; ctx.Err() == nil {
		return err
	}
	return nil // we ended it
}

// ready reports whether the last view of all is served.
func (d demo) ready(ctx context.Context) bool {
	_, status, err := d.do(ctx, step{method: http.MethodGet, url: d.api + "/customer_orders"})
	return err == nil && status == http.StatusOK
}

// step is a request, and why it is shown.
type step struct {
	why, method, url, body string
}

// curl returns the step as a command.
func (s step) curl() string {
	var b strings.Builder
	b.WriteString("curl")
	if s.method != http.MethodGet && (s.method != http.MethodPost || s.body == "") {
		b.WriteString(" -X " + s.method)
	}
	b.WriteString(" '" + strings.TrimPrefix(s.url, "http://") + "'")
	if s.body != "" {
		b.WriteString(" -d '" + s.body + "'")
	}
	return b.String()
}

func (d demo) steps() []step {
	ask := step{method: http.MethodPost, url: d.api + "/customer_orders/query", body: `{"$filter": {"customer_id": 900001}}`}
	with := func(why string) step { s := ask; s.why = why; return s }
	put := func(why, table, row string) step {
		return step{why, http.MethodPost, d.push + "/" + table + "?wait=visible", row}
	}
	return []step{
		{"A customer by key, and how many orders there are", http.MethodGet, d.api + "/customers/1", ""},
		{"", http.MethodPost, d.api + "/customer_orders/count", ""},
		put("A new customer orders something. Each answer comes when every view shows the row", "customers", `{"customer_id": 900001, "name": "ada byron", "email": "ada@analytical.com"}`),
		put("", "orders", `{"order_id": 900001, "customer_id": 900001, "order_date": "2022-06-01T12:00:00Z", "total_amount": 12.5}`),
		put("", "order_items", `{"order_item_id": 900000001, "order_id": 900001, "product_id": 1, "quantity": 2, "price": 6.25}`),
		with("So the joined and counted view has a row more"),
		put("A second item, and the count goes up", "order_items", `{"order_item_id": 900000002, "order_id": 900001, "product_id": 2, "quantity": 1, "price": 1.5}`),
		with(""),
		{"Take it back, and the count goes down", http.MethodDelete, d.push + "/order_items/900000002?wait=visible", ""},
		with(""),
	}
}

// show does the steps and prints them with their answers.
func (d demo) show(ctx context.Context) error {
	for _, s := range d.steps() {
		if s.why != "" {
			fmt.Fprintf(d.out, "\n%s:\n", s.why)
		}
		fmt.Fprintf(d.out, "  %s\n", s.curl())
		start := time.Now()
		answer, status, err := d.do(ctx, s)
		if err != nil {
			return err
		}
		fmt.Fprintf(d.out, "  -> %s   (%.1f ms)\n", strings.TrimSpace(answer), float64(time.Since(start).Microseconds())/1000)
		if status != http.StatusOK {
			return fmt.Errorf("%s: status %d", s.curl(), status)
		}
	}
	return nil
}

func (d demo) do(ctx context.Context, s step) (answer string, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, s.method, s.url, strings.NewReader(s.body))
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), resp.StatusCode, err
}
