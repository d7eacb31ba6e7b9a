package slt

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// What a file may be at most.
const (
	maxDepth  = 16      // of includes and of loops
	maxRounds = 100_000 // of a loop
)

// Include returns the text of a file that an include names, relative to the including file's folder.
type Include func(name string) (string, error)

// Read reads a file. The error names the line.
func Read(name, text string, include Include) (*File, error) {
	f := &File{Name: name, lines: strings.Split(text, "\n")}
	r := reader{name: name, lines: f.lines, include: include, sort: NoSort}
	var err error
	f.Records, err = r.records(false)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", r.name, r.at, err)
	}
	return f, nil
}

// reader reads the lines of a file. at is how many it has taken: the number of the last one.
type reader struct {
	name    string
	lines   []string
	at      int
	include Include
	depth   int // of includes
	loops   int
	sort    Sort // of queries that do not say
	pending []Condition
}

// next takes a line, without the blanks at its end.
func (r *reader) next() (string, bool) {
	if r.at >= len(r.lines) {
		return "", false
	}
	r.at++
	return strings.TrimRight(r.lines[r.at-1], " \t\r"), true
}

// records reads up to the end of the file or, in a loop, to its endloop.
func (r *reader) records(loop bool) ([]Record, error) {
	var out []Record
	for {
		line, ok := r.next()
		if !ok {
			break
		}
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if words[0] == "endloop" {
			if !loop {
				return nil, fmt.Errorf("endloop without a loop")
			}
			return out, nil
		}
		more, err := r.directive(words, line)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if loop {
		return nil, fmt.Errorf("a loop has no endloop")
	}
	return out, nil
}

// known are the directives, for errors.
var known = []string{
	"statement", "query", "skipif", "onlyif", "hash-threshold", "halt", "subtest", "mode", "require", "include", "loop",
	"foreach", "endloop", "control",
}

// directive reads a directive and the lines that belong to it. It is a switch over all of them.
func (r *reader) directive(words []string, line string) ([]Record, error) {
	rec := Record{File: r.name, Line: r.at, Count: -1}
	args := words[1:]
	for i, a := range args {
		if strings.HasPrefix(a, "#") && words[0] != "statement" && words[0] != "query" {
			args = args[:i]
			break
		}
	}
	var err error
	switch words[0] {
	case "skipif", "onlyif":
		if len(args) == 0 {
			return nil, fmt.Errorf("%s needs the name of an engine", words[0])
		}
		r.pending = append(r.pending, Condition{words[0] == "onlyif", strings.ToLower(args[0])})
		return nil, nil
	case "statement":
		err = r.statement(&rec, args, line)
	case "query":
		err = r.query(&rec, args, line)
	case "hash-threshold":
		rec.Kind = Threshold
		rec.N, err = r.number(args, 0, "hash-threshold")
	case "halt":
		rec.Kind = Halt
	case "subtest", "tags":
		return nil, nil
	case "mode":
		return r.mode(rec, args)
	case "require", "require-env":
		if len(args) == 0 {
			return nil, fmt.Errorf("%s needs a name", words[0])
		}
		rec.Kind, rec.Name = Require, args[0]
	case "include":
		return r.included(args)
	case "loop", "foreach":
		err = r.loop(&rec, words[0], args)
	case "control":
		return r.control(rec, args)
	default:
		fix := "this reader knows " + strings.Join(known, ", ")
		if word := near.Word(words[0], known); word != "" {
			fix = fmt.Sprintf("did you mean %q?", word)
		}
		return nil, fmt.Errorf("unknown directive %q; %s", words[0], fix)
	}
	rec.Conditions, r.pending = append(rec.Conditions, r.pending...), nil
	return []Record{rec}, err
}

func (r *reader) number(args []string, i int, what string) (int, error) {
	if i >= len(args) {
		return 0, fmt.Errorf("%s needs a number", what)
	}
	n, err := strconv.Atoi(args[i])
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: %q is no number", what, args[i])
	}
	return n, nil
}

// rest returns what stands in a line behind its first n words.
func rest(line string, n int) string {
	for range n {
		line = strings.TrimLeft(line, " \t")
		if end := strings.IndexAny(line, " \t"); end >= 0 {
			line = line[end:]
		} else {
			line = ""
		}
	}
	return strings.TrimSpace(line)
}

func (r *reader) statement(rec *Record, args []string, line string) error {
	if len(args) == 0 {
		return fmt.Errorf("statement: write statement ok, error, count N or maybe")
	}
	var err error
	switch args[0] {
	case "ok":
	case "maybe":
		rec.May = true
	case "error":
		rec.Fails = true
		rec.Error, err = pattern(rest(line, 2))
	case "count":
		rec.Count, err = r.number(args, 1, "statement count")
		args = args[min(1, len(args)-1):]
	default:
		err = fmt.Errorf("statement %s: write statement ok, error, count N or maybe", args[0])
	}
	if err == nil && !rec.Fails && len(args) > 1 && !strings.HasPrefix(args[1], "#") {
		err = fmt.Errorf("statement: %q: there are no named connections", args[1])
	}
	if err != nil {
		return err
	}
	return r.body(rec)
}

// pattern compiles what an error has to match; "" is anything.
func pattern(text string) (*regexp.Regexp, error) {
	if text == "" || strings.HasPrefix(text, "#") {
		return nil, nil
	}
	re, err := regexp.Compile("(?i)" + text)
	if err != nil {
		return nil, fmt.Errorf("the pattern of an error: %w", err)
	}
	return re, nil
}

func (r *reader) query(rec *Record, args []string, line string) error {
	rec.Kind, rec.Sort = Query, r.sort
	if len(args) > 0 && args[0] == "error" {
		rec.Fails = true
		var err error
		if rec.Error, err = pattern(rest(line, 2)); err != nil {
			return err
		}
		return r.body(rec)
	}
	if len(args) > 0 {
		rec.Types, args = args[0], args[1:]
	}
	if i := strings.IndexFunc(rec.Types, func(c rune) bool { return (c < 'A' || c > 'Z') && c != '?' }); i >= 0 {
		return fmt.Errorf("query %s: write a letter for each column: I for integers, R for numbers, T for text", rec.Types)
	}
	sorted := false
	for _, word := range args {
		if strings.HasPrefix(word, "#") {
			break
		}
		for part := range strings.SplitSeq(word, ",") {
			switch s := Sort(part); {
			case s == NoSort || s == RowSort || s == ValueSort:
				rec.Sort, sorted = s, true
			case part == "colnames" || part == "retry" || part == "partialsort":
				return fmt.Errorf("query: %s is not supported", part)
			case rec.Label != "":
				return fmt.Errorf("query: %q behind the label %q", part, rec.Label)
			default:
				rec.Label = part
			}
		}
	}
	if near := near.Word(rec.Label, []string{string(NoSort), string(RowSort), string(ValueSort)}); near != "" && !sorted {
		return fmt.Errorf("query: unknown order %q; did you mean %q?", rec.Label, near)
	}
	return r.body(rec)
}

// body reads the SQL of a record and its answer: both end at an empty line.
func (r *reader) body(rec *Record) error {
	rec.SQLLine = r.at + 1
	var sql []string
	for {
		line, ok := r.next()
		if !ok || line == "" {
			break
		}
		if line == "----" {
			r.answer(rec)
			break
		}
		sql = append(sql, line)
	}
	rec.SQL = strings.Join(sql, "\n")
	if strings.TrimSpace(rec.SQL) == "" {
		return fmt.Errorf("there is no SQL")
	}
	if rec.Fails && rec.Answered && len(rec.Answer) > 0 && rec.Error == nil {
		text := regexp.QuoteMeta(strings.Join(rec.Answer, "\n"))
		if re, ok := strings.CutPrefix(rec.Answer[0], "<REGEX>:"); ok {
			text = re
		}
		var err error
		rec.Error, err = pattern(text)
		return err
	}
	return nil
}

func (r *reader) answer(rec *Record) {
	rec.Answered, rec.From, rec.To = true, r.at, r.at
	for {
		line, ok := r.next()
		if !ok || line == "" {
			return
		}
		rec.To = r.at
		rec.Answer = append(rec.Answer, strings.TrimRight(r.lines[r.at-1], "\r")) // blanks belong to a text
	}
}

func (r *reader) mode(rec Record, args []string) ([]Record, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("mode needs a word: skip or unskip")
	}
	switch args[0] {
	case "skip", "unskip":
		rec.Kind, rec.On = Mode, args[0] == "skip"
		return []Record{rec}, nil
	case "output_hash", "output_result", "no_output", "debug":
		return nil, nil // what another runner prints
	}
	return nil, fmt.Errorf("mode %s is not supported; write skip or unskip", args[0])
}

func (r *reader) control(rec Record, args []string) ([]Record, error) {
	if len(args) < 2 {
		return nil, fmt.Errorf("control: write sortmode or resultmode and a word")
	}
	switch what, word := args[0], args[1]; {
	case what == "sortmode" && (word == "nosort" || word == "rowsort" || word == "valuesort"):
		r.sort = Sort(word)
		return nil, nil
	case what == "resultmode" && (word == "rowwise" || word == "valuewise"):
		rec.Kind, rec.On = Rowwise, word == "rowwise"
		return []Record{rec}, nil
	case what == "substitution" && word == "off":
		return nil, nil
	}
	return nil, fmt.Errorf("control %s is not supported; write sortmode nosort|rowsort|valuesort or resultmode rowwise|valuewise", strings.Join(args, " "))
}

func (r *reader) included(args []string) ([]Record, error) {
	switch {
	case len(args) != 1:
		return nil, fmt.Errorf("include needs the name of a file")
	case r.depth >= maxDepth:
		return nil, fmt.Errorf("include %s: files include each other more than %d deep", args[0], maxDepth)
	case r.include == nil:
		return nil, fmt.Errorf("include %s: there are no other files here", args[0])
	}
	name := args[0]
	if !path.IsAbs(name) {
		name = path.Join(path.Dir(r.name), name)
	}
	text, err := r.include(name)
	if err != nil {
		return nil, fmt.Errorf("include: %w", err)
	}
	in := reader{name: name, lines: strings.Split(text, "\n"), include: r.include, depth: r.depth + 1, sort: r.sort}
	out, err := in.records(false)
	if err != nil {
		return nil, fmt.Errorf("include: %s:%d: %w", in.name, in.at, err)
	}
	for i := range out {
		out[i].Conditions = append(out[i].Conditions, r.pending...)
	}
	r.pending = nil
	return out, nil
}

// loop reads loop VAR FROM TO, where TO is not reached, or foreach VAR VALUES, and what stands before its endloop.
func (r *reader) loop(rec *Record, word string, args []string) error {
	if len(args) < 2 || word == "loop" && len(args) != 3 {
		return fmt.Errorf("%s: write loop VAR FROM TO or foreach VAR and the values", word)
	}
	if r.loops >= maxDepth {
		return fmt.Errorf("loops in loops more than %d deep", maxDepth)
	}
	rec.Kind, rec.Name = Loop, args[0]
	if word == "foreach" {
		for _, v := range args[1:] {
			if strings.HasPrefix(v, "<") && strings.HasSuffix(v, ">") {
				return fmt.Errorf("foreach: %s is not supported; list the values", v)
			}
			rec.Values = append(rec.Values, v)
		}
	} else {
		from, err1 := strconv.Atoi(args[1])
		to, err2 := strconv.Atoi(args[2])
		if err1 != nil || err2 != nil || to-from > maxRounds || from-to > maxRounds {
			return fmt.Errorf("loop: write two numbers, at most %d apart", maxRounds)
		}
		for i := from; i < to; i++ {
			rec.Values = append(rec.Values, strconv.Itoa(i))
		}
	}
	conditions := r.pending
	r.pending = nil
	r.loops++
	var err error
	rec.Body, err = r.records(true)
	r.loops--
	r.pending = conditions
	return err
}

// bound returns the record with ${name} replaced by a value.
func (rec Record) bound(name, value string) Record {
	replace := func(s string) string { return strings.ReplaceAll(s, "${"+name+"}", value) }
	rec.SQL, rec.Label, rec.Types = replace(rec.SQL), replace(rec.Label), replace(rec.Types)
	each := func(texts []string) []string {
		out := make([]string, len(texts))
		for i, t := range texts {
			out[i] = replace(t)
		}
		return out
	}
	rec.Answer, rec.Values = each(rec.Answer), each(rec.Values)
	rec.repeated = true
	body := make([]Record, len(rec.Body))
	for i := range body {
		body[i] = rec.Body[i].bound(name, value)
	}
	rec.Body = body
	return rec
}
