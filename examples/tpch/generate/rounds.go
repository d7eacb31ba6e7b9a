package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// perRound is how many orders come, and how many go, in a round.
func (d *data) perRound() int64 { return max(1, int64(float64(d.orders)*d.share+0.5)) }

// writeRound writes the changes of a round: new orders with their lines, as whole rows, and as many old ones that
// go, by their keys.
func (d *data) writeRound(round int) (err error) {
	dir := filepath.Join(d.changes, fmt.Sprintf("%02d", round))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var files []*os.File
	open := func(name string) *bufio.Writer {
		f, failed := os.Create(filepath.Join(dir, name+".ndjson"))
		err = errors.Join(err, failed)
		files = append(files, f)
		return bufio.NewWriter(f)
	}
	orders, lines := open("insert-orders"), open("insert-lineitem")
	oldOrders, oldLines := open("delete-orders"), open("delete-lineitem")
	if err != nil {
		return err
	}
	newOrders, newLines := &objects{out: orders, columns: orderColumns}, &objects{out: lines, columns: lineColumns}
	n := d.perRound()
	for i := (int64(round)-1)*n + 1; i <= int64(round)*n; i++ {
		o := d.order(orderKey(i, true))
		o.write(newOrders)
		o.writeLines(newLines)
		old := d.order(orderKey(i, false))
		fmt.Fprintf(oldOrders, "{\"o_orderkey\":%d}\n", old.key)
		for line := range old.lines {
			fmt.Fprintf(oldLines, "{\"l_orderkey\":%d,\"l_linenumber\":%d}\n", old.key, line+1)
		}
	}
	for i, w := range []*bufio.Writer{orders, lines, oldOrders, oldLines} {
		err = errors.Join(err, w.Flush(), files[i].Close())
	}
	return err
}

// objects writes rows as JSON, an object a line.
type objects struct {
	out     *bufio.Writer
	columns []column
	line    []byte
	at      int
}

func (o *objects) name() {
	before := byte(',')
	if o.at == 0 {
		before = '{'
	}
	o.line = append(o.line, before, '"')
	o.line = append(o.line, o.columns[o.at].name...)
	o.line = append(o.line, `":`...)
	o.at++
}

func (o *objects) integer(v int32) {
	o.name()
	o.line = strconv.AppendInt(o.line, int64(v), 10)
}

func (o *objects) money(v int64) {
	o.name()
	o.line = cents(o.line, v)
}

func (o *objects) date(days int32) {
	o.name()
	o.line = time.Unix(int64(days)*86400, 0).UTC().AppendFormat(o.line, `"2006-01-02"`)
}

func (o *objects) text(v []byte) {
	o.name()
	quoted, err := json.Marshal(string(v))
	if err != nil {
		panic(err) // any text can be written
	}
	o.line = append(o.line, quoted...)
}

func (o *objects) end() {
	o.line = append(o.line, "}\n"...)
	_, _ = o.out.Write(o.line) // Flush tells
	o.line, o.at = o.line[:0], 0
}
