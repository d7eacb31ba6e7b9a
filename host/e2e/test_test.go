package e2e_test

import "testing"

// TestTest: a configuration is tested by a script, with its own functions, and without data.
func TestTest(t *testing.T) {
	a := newGuests(t, "misbehave(n.x)", 0)
	a.write("guests.delta", `use config
create table numbers (id int, x int)

epoch
numbers  +1  1 -5
numbers  +1  2 14
numbers  +1  3 -6
----

epoch
numbers  -1  3 -6
numbers  -1  2 14
----
`)
	a.run("test", "guests.delta").want(1, "2 checks failed")
	r := a.run("test", "--rewrite", "guests.delta")
	r.want(0)
	r.wantOut("guests.delta: rewritten")
	r = a.run("test", "guests.delta")
	r.want(0)
	r.wantOut("1 file, 2 checks passed, 0 failed")
	if text := a.read("guests.delta"); !said(text, "results", "+1", "3 -6") || !said(text, "dead map", "-1", "2 14") {
		t.Errorf("it is now\n%s", text)
	}
}

// TestTestTables: without tables of its own, a script has those of the connections.
func TestTestTables(t *testing.T) {
	a := newShop(t, map[string]string{"sold.delta": `use config sold

epoch
orders  +1  10 1 ann
items  +1  1 pen 1.5
----
sold  +1  10 ann pen 1.5
`})
	r := a.run("test", "sold.delta")
	r.want(0)
	r.wantOut("1 file, 1 checks passed, 0 failed")
}
