package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// clicks come by push, live for six seconds, and are counted and joined meanwhile.
const clicks = `app_name: clicks
connections:
  - name: web
    config: !Push
      port: $PUSH
      tables:
        - {name: clicks, columns: [{name: id, type: int}, {name: item, type: int}, {name: at, type: timestamp}]}
        - {name: items, columns: [{name: item, type: int}, {name: name, type: string}]}
sources:
  - {name: clicks, table_name: clicks, connection: web, primary_key: [id]}
  - {name: items, table_name: items, connection: web, primary_key: [item]}
sql: |
  SELECT id, name INTO live FROM TTL(clicks, at, '6 SECONDS') c JOIN items i ON c.item = i.item;
  SELECT item, COUNT(*) AS n INTO counts FROM clicks WHERE at > NOW() - INTERVAL '6' SECOND GROUP BY item;
  SELECT item, COUNT(*) AS n, window_end INTO visits FROM SESSION(clicks, at, '1 HOUR', item) GROUP BY item, window_start, window_end;
endpoints:
  - {name: live, path: /live, table_name: live}
  - {name: counts, path: /counts, table_name: counts}
  - {name: visits, path: /visits, table_name: visits}
api:
  rest: {host: 127.0.0.1, port: $REST}
  grpc: {host: 127.0.0.1, port: $GRPC}
`

// TestClock: rows disappear from the API by themselves; after a kill, too, whether they were due before it or while nothing ran.
func TestClock(t *testing.T) {
	port := freePort(t)
	a := newApp(t, map[string]string{"c.yaml": strings.Replace(clicks, "$PUSH", fmt.Sprint(port), 1)})
	push := func(path, body string) {
		t.Helper()
		if status, answer := a.request(http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/%s", port, path), body); status != 200 {
			t.Fatalf("push: %d %s", status, answer)
		}
	}
	click := func(id, item int, ago time.Duration) {
		t.Helper()
		push("clicks", fmt.Sprintf(`[{"id": %d, "item": %d, "at": %q}]`, id, item, time.Now().Add(-ago).UTC().Format(time.RFC3339Nano)))
	}
	shows := func(live, counts, visits int) func() bool {
		return func() bool {
			return a.count("/live") == live && a.count("/counts") == counts && a.count("/visits") == visits
		}
	}
	listens := func() bool {
		status, _ := a.request(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d", port), "")
		return status == 200
	}
	p := a.start("run")
	p.until("it runs", func() bool { return listens() && a.count("/live") == 0 })
	push("items", `[{"item": 1, "name": "pen"}, {"item": 2, "name": "ink"}]`)
	click(1, 1, 30*time.Minute) // too late
	click(2, 1, 0)
	click(3, 2, -2*time.Second)
	click(4, 1, -30*time.Minute)
	sent := time.Now()
	p.until("the clicks are there", shows(3, 2, 2))
	p.until("one has gone by itself, with its group", shows(2, 2, 2))
	if took := time.Since(sent); took < 5*time.Second {
		t.Errorf("it went after %v", took)
	}
	p.until("and another", shows(1, 1, 2))
	click(5, 2, 0)
	p.until("a new one is there", shows(2, 2, 2))
	p.signal(os.Kill)
	p.hasty = true
	p.wait()
	time.Sleep(time.Until(sent.Add(15 * time.Second))) // what the last one had is over
	p = a.start("run")
	p.until("what passed meanwhile has gone", shows(1, 1, 2))
	p.until("it listens again", listens)
	click(6, 2, 0)
	p.until("it goes on", shows(2, 2, 2))
	p.until("and on", shows(1, 1, 2))
	p.stop()
	if got := a.export("visits"); len(got) != 2 {
		t.Errorf("visits: %q", got)
	}
}

// TestClockOnce: a run that ends when everything was read does not wait for what is due later.
func TestClockOnce(t *testing.T) {
	now := time.Now().UTC()
	rows := "id,at\n"
	for i, at := range []time.Duration{-time.Hour, time.Hour, 2 * time.Hour} {
		rows += fmt.Sprintf("%d,%s\n", i, now.Add(at).Format(time.RFC3339Nano))
	}
	a := newShop(t, map[string]string{
		"data/times/1.csv": rows,
		"c.yaml":           strings.Replace(replaced(t, "SELECT o.id", "SELECT id INTO coming FROM times WHERE at > NOW();\n  SELECT o.id"), "api:", "  - {name: coming, path: /coming, table_name: coming}\napi:", 1),
	})
	r, rep := a.once()
	r.want(0)
	if rep.DeadLetters != 0 {
		t.Errorf("%d dead letters", rep.DeadLetters)
	}
	if got := a.export("coming"); len(got) != 2 {
		t.Errorf("coming: %q", got)
	}
}

// TestLateRows: rows that are older than their TTL when they come are in no view, which is told once and counted.
func TestLateRows(t *testing.T) {
	a := newApp(t, map[string]string{
		"data/visits/1.csv": "id,item,at\n1,1,2020-01-01T00:00:00Z\n2,1,2020-01-02T00:00:00Z\n3,2,2020-01-03T00:00:00Z\n",
		"c.yaml": `app_name: visits
connections:
  - name: files
    config: !Files {path: data}
sql: |
  SELECT item, COUNT(*) AS n INTO counts FROM TTL(visits, at, '1 DAY') GROUP BY item;
  SELECT item, COUNT(*) AS n INTO lately FROM visits WHERE at > NOW() - INTERVAL '1' DAY GROUP BY item;
endpoints:
  - {name: counts, path: /counts, table_name: counts}
  - {name: lately, path: /lately, table_name: lately}
`,
	})
	r := a.run("run", "app", "--once", "--report", "report.json")
	r.want(0, "level=WARN", "older than their TTL when they came", "tables=visits", "rows=3", "counts from the clock")
	if n := strings.Count(r.err, "older than their TTL"); n != 1 {
		t.Errorf("told %d times", n)
	}
	if report := a.read("report.json"); !strings.Contains(report, `"late_rows": 3`) {
		t.Errorf("%s", report)
	}
}
