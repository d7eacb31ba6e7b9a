package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestShow sees every step sent as it is printed, and the first that is refused reported.
func TestShow(t *testing.T) {
	var got []string
	refuse := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %s", r.Method, r.URL, body))
		if refuse != "" && strings.Contains(r.URL.Path, refuse) {
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprintf(w, `{"answer": %d}`, len(got))
	}))
	defer server.Close()
	var out strings.Builder
	d := demo{api: server.URL, push: server.URL, out: &out}
	if !d.ready(context.Background()) {
		t.Error("not ready")
	}
	got = nil
	if err := d.show(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i, s := range d.steps() {
		if want := fmt.Sprintf("%s %s %s", s.method, strings.TrimPrefix(s.url, server.URL), s.body); got[i] != want {
			t.Errorf("step %d: %s, want %s", i, got[i], want)
		}
		if !strings.Contains(out.String(), s.curl()) || !strings.Contains(out.String(), fmt.Sprintf(`{"answer": %d}`, i+1)) {
			t.Errorf("step %d is not shown:\n%s", i, out.String())
		}
	}
	refuse = "order_items"
	if err := d.show(context.Background()); err == nil || !strings.Contains(err.Error(), "order_items") || !strings.Contains(err.Error(), "400") {
		t.Errorf("refused: %v", err)
	}
}

func TestCurl(t *testing.T) {
	for want, s := range map[string]step{
		"curl 'localhost:8080/customers/1'":                    {"", "GET", "http://localhost:8080/customers/1", ""},
		"curl 'localhost:8085/t?wait=visible' -d '{\"a\": 1}'": {"", "POST", "http://localhost:8085/t?wait=visible", `{"a": 1}`},
		"curl -X POST 'localhost:8080/customer_orders/count'":  {"", "POST", "http://localhost:8080/customer_orders/count", ""},
		"curl -X DELETE 'localhost:8085/order_items/1'":        {"", "DELETE", "http://localhost:8085/order_items/1", ""},
	} {
		if got := s.curl(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestEarlyEnd sees a program that ends before it is ready reported at once.
func TestEarlyEnd(t *testing.T) {
	d := demo{api: "http://127.0.0.1:1", push: "http://127.0.0.1:1", out: io.Discard}
	if err := d.run(context.Background(), []string{"false"}); err == nil || !strings.Contains(err.Error(), "ended before") {
		t.Errorf("%v", err)
	}
	if err := d.run(context.Background(), []string{"./no-such-program"}); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("%v", err)
	}
}
