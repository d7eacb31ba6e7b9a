package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

type countConfig struct {
	To int `cfg:"to" default:"3"`
}

type number struct {
	N int64 `col:"n,key"`
}

func counter(traits ...Trait) Connector {
	numbers := NewTable[number]("numbers", traits...)
	return Connector{
		Name: "count", Tables: Tables(numbers),
		Source: ReadSource(func(_ context.Context, c countConfig, from Position, out *Writer) error {
			for n := len(from); n < c.To; n++ {
				numbers.Insert(out, number{int64(n)})
				if err := out.Commit(Position(strings.Repeat("x", n+1))); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}

func read(t *testing.T, c Connector, req Request, m *memory) error {
	t.Helper()
	src, err := c.Open(t.Context(), []byte(`{"to": 2}`))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if !req.Bounded {
		cancel() // as if at once: the author's function does not look
	}
	defer cancel()
	req.Tables = []TableRequest{{Name: "numbers"}}
	return errors.Join(src.Read(ctx, req, NewWriter(m, nil)), src.Close())
}

func TestReadSource(t *testing.T) {
	m := &memory{}
	if err := read(t, counter(Finite), Request{Bounded: true}, m); err != nil {
		t.Error(err)
	}
	m.expect(t, " numbers 0 +1 [0]", " commit x", " numbers 0 +1 [1]", " commit xx", "live numbers")
	m = &memory{}
	if err := read(t, counter(), Request{Bounded: true}, m); err != nil {
		t.Error(err)
	}
	m.expect(t, "live numbers") // a stream has no first full read
	m = &memory{}
	if err := read(t, counter(), Request{}, m); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	m.expect(t, "live numbers", " numbers 0 +1 [0]", " commit x", " numbers 0 +1 [1]", " commit xx")
}

// full is a source with all abilities.
type full struct{ acked Position }

func (f *full) Read(context.Context, Request, *Writer) error { return nil }
func (f *full) Close() error                                 { return nil }
func (f *full) Tables(context.Context) ([]Table, error)      { return []Table{{Name: "found"}}, nil }

func (f *full) Ack(_ context.Context, p map[string]Position) error {
	f.acked = p[""]
	return nil
}

func TestAbilitiesSurviveOpening(t *testing.T) {
	f := &full{}
	c := Connector{Source: OpenSource(func(context.Context, struct{}) (*full, error) { return f, nil })}
	src, err := c.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if tables, err := Discover(t.Context(), src); err != nil || tables[0].Name != "found" {
		t.Error(tables, err)
	}
	if err := src.(Acker).Ack(t.Context(), map[string]Position{"": Position("p")}); err != nil || string(f.acked) != "p" {
		t.Error(err)
	}
	src, err = counter().Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := src.(Acker); ok {
		t.Error("an ability out of nothing")
	}
	if tables, err := Discover(t.Context(), src); err != nil || tables[0].Name != "numbers" {
		t.Error(tables, err)
	}
}

func TestSpecIsData(t *testing.T) {
	c := counter(Finite, Upserts)
	raw, err := json.Marshal(c.Spec())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"count","source":true,"sink":false,"parameters":[{"name":"to","type":"int","default":"3"}],` +
		`"tables":[{"name":"numbers","schema":{"fields":[{"name":"n","type":"int64"}],"key":[0]},"rows":-1,"keyed":true}]}`
	if string(raw) != want {
		t.Errorf("%s", raw)
	}
	var back Spec
	if err := json.Unmarshal(raw, &back); err != nil || back.Tables[0].Schema.Fields[0].Type != batch.T(batch.Int64) {
		t.Error(back, err)
	}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	if _, err := (Connector{Name: "x"}).Open(t.Context(), nil); err == nil || err.Error() != `connector "x" has no source` {
		t.Error(err)
	}
	if _, err := (Connector{Name: "x"}).OpenSink(t.Context(), nil); err == nil || err.Error() != `connector "x" has no sink` {
		t.Error(err)
	}
	_, err := counter().Open(t.Context(), []byte(`{"too": 1}`))
	var mistakes ConfigErrors
	if !errors.As(err, &mistakes) || mistakes[0].Fix != `did you mean "to"?` {
		t.Error(err)
	}
}

func TestConfigText(t *testing.T) {
	for in, want := range map[string]string{
		"":                         `{}`,
		`{"a": 1}`:                 `{"a": 1}`,
		"every: 1ms\nn: 3\n":       `{"every":"1ms","n":3}`,
		`path: "C: x"`:             `{"path":"C: x"}`,
		"list: [1, 2]\non: true\n": `{"list":[1,2],"on":true}`,
	} {
		if got, err := ConfigText(in); err != nil || string(got) != want {
			t.Errorf("%q is %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"{", "word", ": x"} {
		if _, err := ConfigText(in); err == nil {
			t.Errorf("%q was taken", in)
		}
	}
}
