package problem

// rows is what can be wrong with a single row: the reasons of dead letters begin with these codes.
var rows = []Entry{
	{
		Code: "E4001", Title: "a row that divides by zero",
		Means: "The divisor of / or % is 0 in this row. The row is a dead letter; all others pass.",
		Mend:  "Write x / NULLIF(y, 0), which is NULL then, keep such rows out by WHERE, or write TRY(x / y).",
		Wrong: "SELECT order_id, 100 / customer_id AS x INTO v FROM orders;", Right: "SELECT order_id, 100 / NULLIF(customer_id, 0) AS x INTO v FROM orders;",
	},
	{
		Code: "E4002", Title: "a row with a result that does not fit its type",
		Means: "The number, time or interval that comes out for this row, or for a group or a frame, is larger than its type can hold.",
		Mend:  "CAST an argument to a wider type first: BIGINT, DECIMAL or DOUBLE. TRY(...) is NULL where nothing fits.",
		Wrong: "SELECT order_id, order_id * 9000000000000000000 AS x INTO v FROM orders;", Right: "SELECT order_id, CAST(order_id AS DOUBLE) * 9000000000000000000 AS x INTO v FROM orders;",
	},
	{
		Code: "E4003", Title: "a row with a value that cannot be cast",
		Means: "A text of this row is no number, time or truth value as CAST wants it, or a number does not fit the narrower type.",
		Mend:  "TRY_CAST is NULL where CAST fails; TO_DATE and TO_TIMESTAMP take a pattern.",
		Wrong: "SELECT customer_id, CAST(name AS INT) AS x INTO v FROM customers;", Right: "SELECT customer_id, TRY_CAST(name AS INT) AS x INTO v FROM customers;",
	},
	{
		Code: "E4004", Title: "a row with a text that is too long",
		Means: "A text or a JSON document made for this row, or for a group, would have more than 16 MiB.",
		Mend:  "Cut the parts with LEFT or SUBSTRING, or gather fewer rows.",
		Wrong: "SELECT customer_id, REPEAT(name, 100000000) AS x INTO v FROM customers;", Right: "SELECT customer_id, REPEAT(name, 3) AS x INTO v FROM customers;",
	},
	{
		Code: "E4005", Title: "a row with a value that a function does not take",
		Means: "A function has no answer for an argument of this row: the square root of a negative number, a day that is not in the calendar, a pattern that is no regular expression.",
		Mend:  "Keep such rows out by WHERE or CASE, or write TRY(...), which is NULL then.",
		Wrong: "SELECT order_id, SQRT(total_amount - 100) AS x INTO v FROM orders;", Right: "SELECT order_id, SQRT(total_amount - 100) AS x INTO v FROM orders WHERE total_amount >= 100;",
	},
	{
		Code: "E4006", Title: "a row for which a subquery has more than one value",
		Means: "A subquery that is used as a value has to have one row at most for each row of the query around it.",
		Mend:  "Add the condition that picks one, an aggregate such as MAX, or ORDER BY and LIMIT 1.",
		Wrong: "SELECT name, (SELECT order_id FROM orders o WHERE o.customer_id = c.customer_id) AS x INTO v FROM customers c;",
		Right: "SELECT name, (SELECT MAX(order_id) FROM orders o WHERE o.customer_id = c.customer_id) AS x INTO v FROM customers c;",
	},
	{
		Code: "E4007", Title: "a row for which a function of the configuration failed",
		Means: "A WebAssembly function returned an error for this row, trapped, or spent its fuel. The text behind the code is its own.",
		Mend:  "Mend the function, raise fuel or max_pages of its module in `udfs`, or keep such rows out by WHERE.",
	},
	{
		Code: "E4008", Title: "a row with a key that another row has",
		Means: "The table's primary_key, or the key of an endpoint, names a row, and there is another one with the same key: the first in canonical order stays, whichever came first.",
		Mend:  "Correct the key: it has to tell all rows apart. With conflict_resolution the later row replaces the earlier one.",
	},
	{
		Code: "E4009", Title: "a deletion of a row that is not there",
		Means: "The source takes back a row, or deletes a key, that the table does not have.",
		Mend:  "See which change the source lost or sent twice. Nothing else is affected.",
	},
	{
		Code: "E4010", Title: "a row without a time",
		Means: "The time that a row has for TUMBLE, HOP, CUMULATE, SESSION or TTL is NULL, or so far from all others that no window can hold it.",
		Mend:  "Keep such rows out by WHERE in a derived table, or give them a time by COALESCE.",
	},
}
