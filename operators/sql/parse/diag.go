package parse

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// Diag is a mistake in a script: where it is, what it is and how to mend it.
type Diag struct {
	// Code is stable: E1xxx for the front end. Explain tells more about it.
	Code string
	// Script is the name of the script.
	Script string
	// Pos and End are the bytes of the script that the mistake is about.
	Pos, End int
	// Line and Col are the place of Pos, both from 1; a column is a character.
	Line, Col int
	// Msg names the thing and the cause.
	Msg string
	// Hint says how to mend it; it may be empty.
	Hint string
}

// At returns the Diag with the place filled in.
func (d Diag) At(src *ast.Source, at ast.Span) Diag {
	d.Script, d.Pos, d.End = src.Name, at.Pos, max(at.Pos, at.End)
	d.Line, d.Col = src.Position(at.Pos)
	return d
}

// Error returns "script:line:col: message; hint".
func (d Diag) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", d.Script, d.Line, d.Col, d.Msg)
	if d.Hint != "" {
		s += "; " + d.Hint
	}
	return s
}

// Span returns the bytes of the script that the mistake is about.
func (d Diag) Span() ast.Span { return ast.Span{Pos: d.Pos, End: d.End} }

// maxShown is how many characters of a line are shown around a mistake.
const maxShown = 100

// Render returns the error with its code, the line of the text and a mark below the place:
//
//	views.sql:2:8: E1010: unexpected FROM
//	  2 | SELECT FROM t
//	    |        ^^^^
//	  fix: ...
func (d Diag) Render(src *ast.Source) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s: %s\n", d.Script, d.Line, d.Col, d.Code, d.Msg)
	line := []rune(src.Line(d.Line))
	first := min(d.Col-1, len(line))
	end := max(d.Pos, min(d.End, len(src.Text)))
	length := max(1, min(utf8.RuneCountInString(src.Text[min(d.Pos, end):end]), len(line)-first))
	if cut := first - maxShown/2; cut > 0 && len(line) > maxShown {
		line = append([]rune("..."), line[cut:]...)
		first += 3 - cut
	}
	if len(line) > maxShown {
		line = append(line[:maxShown:maxShown], []rune("...")...)
		length = max(1, min(length, maxShown-first))
	}
	margin := fmt.Sprintf("%3d", d.Line)
	fmt.Fprintf(&b, "%s | %s\n", margin, string(line))
	fmt.Fprintf(&b, "%*s | ", len(margin), "")
	for _, r := range line[:min(first, len(line))] {
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat("^", length) + "\n")
	if d.Hint != "" {
		fmt.Fprintf(&b, "  fix: %s\n", d.Hint)
	}
	return b.String()
}

// Code is a kind of mistake that the front end finds.
type Code struct {
	ID    string
	Title string
	// Text tells what is wrong, why, and how to mend it, with an example.
	Text string
}

// Codes lists all mistakes of the front end, in order.
func Codes() []Code { return append([]Code(nil), codes...) }

// Explain returns what is known about a code of the front end.
func Explain(id string) (Code, bool) {
	for _, c := range codes {
		if c.ID == id {
			return c, true
		}
	}
	return Code{}, false
}

var codes = []Code{
	{"E1001", "unexpected character", `A character that starts no word, number, string or operator. Text copied from a document often has
typographic quotes and dashes: strings stand in ', names in ", and minus is -. NOT is written NOT, not !.`},
	{"E1002", "string without an end", `A string that starts with ' and never ends. A quote inside a string is doubled: 'it''s'.`},
	{"E1003", "quoted name without an end", `A name that starts with " or a back-quote and never ends. Strings stand in single quotes.`},
	{"E1004", "comment without an end", `A comment that starts with /* needs a */; comments may stand inside comments, so each needs its own.`},
	{"E1005", "malformed number", `A number with letters behind it, such as 1m or 0x1F. A name that starts with a digit needs double quotes: "1m".`},
	{"E1006", "malformed string", `An escape that E'...' does not know, an odd number of hex digits in X'...', or a zero byte.
Backslashes are ordinary characters in '...'.`},
	{"E1007", "empty name", `"" is a name without a character. The empty string is ''.`},
	{"E1010", "unexpected word or mark", `The grammar does not allow this word or mark here. What would fit stands in the message. A column
whose name is a reserved word is written in double quotes: "order".`},
	{"E1011", "unexpected end", `The statement ends too early: an expression, a parenthesis or an END is missing.`},
	{"E1020", "operators that do not go together", `The result of a comparison, LIKE, IN, BETWEEN or IS cannot be the operand of a tighter operator without parentheses:
x IS NULL = y is written (x IS NULL) = y, and 1 + NOT a is written 1 + (NOT a).`},
	{"E1021", "a comparison of a comparison", `a < b < c has no meaning in SQL. Write a < b AND b < c, or (a < b) = c if that is meant.`},
	{"E1030", "too long", `A statement may have 1 MiB, a script 64 MiB. Put long lists into a table and join it.`},
	{"E1031", "too many words", `A statement may have 100,000 words and marks. Put long lists into a table and join it.`},
	{"E1032", "nested too deep", `Parentheses, calls, CASE, subqueries and signs may be nested 150 levels deep. Give inner queries a name by WITH.`},
	{"E1033", "too many mistakes", `After 200 mistakes the rest of the script is not read.`},
	{"E1040", "not supported yet", `Valid SQL that this front end does not take yet. The message names a way around where there is one.`},
	{"E1041", "not a statement of this SQL", `Scripts hold queries (SELECT ... INTO name ...), CREATE VIEW, TABLE, SOURCE, SINK and FUNCTIONS, and INSERT, UPDATE and DELETE.
Connections, keys, indexes and rights are in the config.`},
	{"E1050", "* in the wrong place", `* and t.* stand alone in a select list, and * in COUNT(*). To count rows with a value, write COUNT(column).`},
	{"E1051", "INTO in the wrong place", `SELECT ... INTO name FROM ... names the table that the statement makes. It stands between the select list and FROM of the statement's
own first SELECT, not in a subquery, a WITH or a view, and says the same name if said twice.`},
	{"E1052", "a join without a condition", `JOIN needs ON ... or USING (...). If every row shall meet every other, write CROSS JOIN.`},
	{"E1053", "a join with a condition too many", `CROSS JOIN and NATURAL JOIN take no ON and no USING. Write INNER JOIN ... ON.`},
	{"E1054", "a window frame that ends before it starts", `In BETWEEN start AND end the start must not be later than the end: UNBOUNDED PRECEDING, n PRECEDING, CURRENT ROW, n FOLLOWING,
UNBOUNDED FOLLOWING is the order.`},
	{"E1055", "two queries of one name", `Two queries of one WITH have the same name.`},
	{"E1056", "rows of different lengths", `All rows of VALUES must have as many values as the first.`},
	{"E1057", "a string where a name or an operator belongs", `Names, also those after AS, are quoted with ". Two strings are joined by ||.`},
	{"E1058", "a table function without its table", `TUMBLE, HOP, SESSION, CUMULATE and TTL take a table first and a column of time second: TUMBLE(orders, order_date, '5 MINUTES').`},
	{"E1059", "ANY or ALL in the wrong place", `ANY, SOME and ALL stand right of a comparison: x = ANY (SELECT ...).`},
	{"E1060", "a second primary key", `A table has one primary key. Name all its columns in one PRIMARY KEY (a, b).`},
	{"E1099", "a mistake in millrace", `The front end contradicts itself. Please report it with the statement.`},
}
