package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestRun measures a server that takes 20 ms for changes that wait, and sees every row taken out again.
func TestRun(t *testing.T) {
	var mu sync.Mutex
	there := map[string]bool{}
	put := func(table string, r map[string]any) {
		for _, key := range []string{"order_item_id", "product_id", "order_id", "customer_id"} {
			if v, ok := r[key]; ok && strings.HasPrefix(key, strings.TrimSuffix(table, "s")) {
				there[fmt.Sprintf("%s/%.0f", table, v)] = true
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/count") {
			fmt.Fprint(w, 7)
			return
		}
		if r.URL.Query().Get("wait") == "visible" {
			time.Sleep(20 * time.Millisecond)
		}
		mu.Lock()
		defer mu.Unlock()
		path := strings.TrimPrefix(r.URL.Path, "/")
		var body any
		_ = json.NewDecoder(r.Body).Decode(&body) // a delete by path has none
		rows, _ := body.([]any)
		if one, ok := body.(map[string]any); ok {
			rows = []any{one}
		}
		if r.Method == http.MethodDelete && rows == nil {
			delete(there, path)
		}
		for _, row := range rows {
			if r.Method == http.MethodDelete {
				delete(there, fmt.Sprintf("order_items/%.0f", row.(map[string]any)["order_item_id"]))
			} else {
				put(path, row.(map[string]any))
			}
		}
	}))
	defer server.Close()
	var out strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := run(ctx, []string{"-api", server.URL, "-push", server.URL, "-n", "4", "-load", "1000", "-batch", "10"}, &out); err != nil {
		t.Fatal(err)
	}
	if len(there) > 0 {
		t.Errorf("left behind: %v", there)
	}
	for _, line := range []string{`customers, idle +6 +[2-9]\d\.`, `all, idle +24 +[2-9]\d\.`, `products, under load +6 +[2-9]\d\.`, `load: \d{3} rows/s`} {
		if !regexp.MustCompile(line).MatchString(out.String()) {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	if err := run(ctx, []string{"-n", "0"}, &out); err == nil {
		t.Error("no changes to measure, and no error")
	}
}
