package files

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestInference(t *testing.T) {
	for _, c := range []struct {
		files []string
		types string
		rows  []string
	}{
		{[]string{"a,b,c\n1,x,true\n-2,y,FALSE\n"}, "int64 utf8 bool", []string{"-2,y,false", "1,x,true"}},
		{[]string{"a,b\n1,2022-01-02\n2.5,2022-02-03\n"}, "float64 date", []string{"1,18994", "2.5,19026"}},
		{[]string{"a\n2022-01-02T10:00:00Z\n2022-01-02\n"}, "timestamp", []string{"1641081600000000", "1641117600000000"}},
		{[]string{"zip,price\n01234,1\n90210,2.50\n"}, "utf8 float64", []string{"01234,1", "90210,2.5"}},
		{[]string{"a,b\n,\n1,\n"}, "int64 utf8", []string{"1,<nil>", "<nil>,<nil>"}},
		{[]string{"a,b\n1,2\n", "b,a\n5,1.5\n"}, "float64 int64", []string{"1,2", "1.5,5"}},
		{[]string{"a\n1\n", "a\nx\n"}, "utf8", []string{"1", "x"}},
		{[]string{"a\n", "a\n7\n"}, "int64", []string{"7"}},
		{[]string{"\ufeff\"a b\",c\r\n\"1\"\"2\r\n3\",4\r\n\r\n\"x,y\",5"}, "utf8 int64", []string{"1\"2\n3,4", "x,y,5"}},
		{[]string{"a\nnan\nInfinity\n"}, "utf8", []string{"Infinity", "nan"}},
		{[]string{"a\n+\n.\n"}, "utf8", []string{"+", "."}},
	} {
		dir := t.TempDir()
		for i, content := range c.files {
			put(t, dir, fmt.Sprintf("t/%d.csv", i), content)
		}
		r, tables, err := readAll(t, m{"path": dir, "poll": "10ms"})
		if err != nil {
			t.Errorf("%q: %v", c.files, err)
			continue
		}
		var types []string
		for _, f := range tables[0].Schema.Fields {
			types = append(types, f.Type.String())
		}
		if got := strings.Join(types, " "); got != c.types {
			t.Errorf("%q: types %s, want %s", c.files, got, c.types)
		}
		if got := r.sorted("t"); !slices.Equal(got, c.rows) {
			t.Errorf("%q: %q", c.files, got)
		}
	}
}

func TestDeclared(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "t/a.txt", "1;1,50;\\N\n2;3;x\n")
	config := m{"path": dir, "poll": "10ms", "tables": []m{{
		"name": "t", "format": "csv", "extension": "txt", "delimiter": ";", "header": false, "null": `\N`,
		"columns": []m{{"name": "id", "type": "int", "nullable": false}, {"name": "price", "type": "text"}, {"name": "note", "type": "text"}},
	}}}
	r, tables, err := readAll(t, config)
	if err != nil {
		t.Fatal(err)
	}
	if f := tables[0].Schema.Fields; f[0].Type != batch.T(batch.Int32) || f[0].Nullable || !f[1].Nullable {
		t.Errorf("schema %+v", f)
	}
	if got := r.sorted("t"); !slices.Equal(got, []string{"1,1,50,<nil>", "2,3,x"}) {
		t.Errorf("rows %q", got)
	}
}

func TestBadCSV(t *testing.T) {
	many := strings.Repeat("1,x\n", sampleRows+csvCommitRows)
	for _, c := range []struct {
		name, content string
		columns       []m
		says          []string
	}{
		{"inferred", "a,b\n" + many + "oops,x\n", nil, []string{fmt.Sprintf("t.csv:%d:1: ", sampleRows+csvCommitRows+2), `column "a"`, `"oops"`, "int64", "columns: [{name: a, type: text}]"}},
		{"declared", "a,b\n1,x\n2,x\n3.5,\"y\n\"\n", []m{{"name": "a", "type": "int"}}, []string{"t.csv:4:1: ", `column "a"`, `"3.5"`, "int32"}},
		{"second column", "b,a\n\"x\ny\",1\n\"z\n\",oops\n", []m{{"name": "a", "type": "int"}}, []string{"t.csv:5:3: ", `column "a"`}},
		{"no value", "a\n1\n\" \"\n", []m{{"name": "a", "type": "int", "nullable": false}}, []string{"t.csv:3:1: ", "has no value", "nullable: true"}},
		{"too few", "a,b\n1,2\n3\n", nil, []string{"t.csv:3:1: ", "1 cells where there are 2 columns"}},
		{"too many", "a,b\n1,2\n3,4,5\n", nil, []string{"t.csv:3:5: ", "3 cells where there are 2 columns"}},
		{"quote", "a,b\n1,2\n3,x\"y\n", nil, []string{"t.csv:3:", "double the quotes"}},
		{"open quote", "a,b\n1,\"2\n", nil, []string{"t.csv:", "quote"}},
		{"empty", "", nil, []string{"t.csv: ", "does not even have a header"}},
		{"header twice", "a,a\n1,2\n", nil, []string{"t.csv: ", `column "a" twice`}},
		{"no name", "a,,c\n1,2,3\n", nil, []string{"t.csv: ", "column 2 of the header has no name"}},
		{"undeclared", "id,b\n1,2\n", []m{{"name": "idd", "type": "int"}}, []string{"t.csv: ", `"idd" is declared but not in the header`, `did you mean "id"?`}},
		{"encoding", "a\nM\xfcller\n", nil, []string{"t.csv:2:1: ", "UTF-8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "t.csv", c.content)
			put(t, dir, "good.csv", "x\n1\n")
			table := m{"name": "t", "path": "t.csv"}
			if c.columns != nil {
				table["columns"] = c.columns
			}
			_, _, err := readAll(t, m{"path": dir, "poll": "10ms", "tables": []m{table, {"name": "good", "path": "good.csv"}}})
			wantError(t, err, append(c.says, `table "t"`)...)
		})
	}
}

// TestCommittedBeforeBadCell sees what lies before a bad cell arrive all the same.
func TestCommittedBeforeBadCell(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "t.csv", "a\n"+strings.Repeat("1\n", 2*csvCommitRows+10)+"x\n")
	src, tables, err := openSource(t, m{"path": dir, "poll": "10ms", "tables": []m{{"name": "t", "path": "t.csv", "columns": []m{{"name": "a", "type": "int"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder()
	for range 2 { // the second time it goes on where the first one stopped
		err = src.Read(context.Background(), request(tables), r.writer())
		wantError(t, err, fmt.Sprintf("t.csv:%d:1", 2*csvCommitRows+12))
	}
	if got := len(r.sorted("t")); got != 2*csvCommitRows || len(r.live) > 0 {
		t.Errorf("%d rows, live %v", got, r.live)
	}
}

// TestGrowingCSV sees a file that is written to while it is read refused, not read by half.
func TestGrowingCSV(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "t.csv", "a\n"+strings.Repeat("1\n", 2*csvCommitRows)+"12")
	src, tables, err := openSource(t, m{"path": dir, "poll": "10ms"})
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder()
	r.stop = func(*recorder) error {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString("34\n")
			f.Close()
		}
		return err
	}
	wantError(t, src.Read(context.Background(), request(tables), r.writer()), "t.csv", "was replaced or changed")
	if got := len(r.sorted("t")); got != 2*csvCommitRows {
		t.Errorf("%d rows", got)
	}
}

// FuzzCSV reads any text twice, once stopped in between, and demands the same.
func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,x\n2,\"y\nz\"\n", ",")
	f.Add("\ufeffa;b\r\n1.5;2022-01-02\r\n", ";")
	f.Add("a\n\"", ",")
	f.Fuzz(func(t *testing.T, content, comma string) {
		path := filepath.Join(t.TempDir(), "t.csv")
		put(t, filepath.Dir(path), "t.csv", content)
		options := csvOptions{Delimiter: comma, Header: true}
		if options.Check() != nil {
			return
		}
		c := newCSV(options)
		info, err := c.inspect(path)
		if err != nil {
			return
		}
		for i := range info.schema.Fields {
			if info.schema.Fields[i].Type.Kind == batch.Invalid {
				info.schema.Fields[i].Type = batch.T(batch.Utf8)
			}
		}
		rows := 0
		err = c.read(context.Background(), query{file: info, to: info.parts[0].to, schema: info.schema}, func(b *batch.Batch, next place, commit bool) error {
			rows += b.Rows
			if next.unit > info.size {
				t.Errorf("at %d of %d bytes", next.unit, info.size)
			}
			for _, col := range b.Cols {
				if !col.Type.Variable() && col.Type.Width() > 0 && len(col.Data) != b.Rows*col.Type.Width() {
					t.Errorf("%d bytes for %d rows of %v", len(col.Data), b.Rows, col.Type)
				}
			}
			return nil
		})
		if err == nil && rows > strings.Count(content, "\n")+1 {
			t.Errorf("%d rows of %q", rows, content)
		}
	})
}
