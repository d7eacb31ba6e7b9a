package problem

// names are mistakes about what a script calls things.
var names = []Entry{
	{
		Code: "E2001", Title: "unknown table",
		Means: "The name is neither a table of a connection, nor the INTO or the view of a statement of the script, nor a WITH around the query; or a column is qualified by a table that the FROM does not have. Names are compared letter by letter, in their case.",
		Mend:  "Correct the name, or list the table in the config's sources. A table that has an alias is known by the alias only.",
		Wrong: "SELECT name INTO v FROM customer;", Right: "SELECT name INTO v FROM customers;",
	},
	{
		Code: "E2002", Title: "unknown column",
		Means: "None of the tables of the FROM has a column of this name. Names are compared letter by letter, in their case; WHERE does not know the names that the select list gives.",
		Mend:  "Correct the name. `millrace connectors` lists the columns of all tables. A string is written in single quotes, because \"...\" is a name.",
		Wrong: "SELECT nmae INTO v FROM customers;", Right: "SELECT name INTO v FROM customers;",
	},
	{
		Code: "E2003", Title: "ambiguous column",
		Means: "More than one table of the FROM has a column of this name, and their values may differ.",
		Mend:  "Write table.column, or join by USING (column), which makes one of both.",
		Wrong: "SELECT customer_id INTO v FROM customers c JOIN orders o ON c.customer_id = o.customer_id;",
		Right: "SELECT c.customer_id INTO v FROM customers c JOIN orders o ON c.customer_id = o.customer_id;",
	},
	{
		Code: "E2004", Title: "unknown function",
		Means: "No built-in function and no function of the config's udfs has this name.",
		Mend:  "Correct the name. Functions in any other language are added as a WASM module under `udfs` in the config.",
		Wrong: "SELECT lenght(name) AS n INTO v FROM customers;", Right: "SELECT length(name) AS n INTO v FROM customers;",
	},
	{
		Code: "E2007", Title: "a name that is taken",
		Means: "Two statements make a table of the same name, or a statement makes one that a source already has.",
		Mend:  "Give the result another name.",
		Wrong: "SELECT name INTO orders FROM customers;", Right: "SELECT name INTO customer_names FROM customers;",
	},
	{
		Code: "E2011", Title: "a result without a name",
		Means: "The rows of a SELECT have to go somewhere: an endpoint, a sink or another statement names the table that it makes.",
		Mend:  "Write INTO and a name after the select list.",
		Wrong: "SELECT name FROM customers;", Right: "SELECT name INTO v FROM customers;",
	},
	{
		Code: "E2012", Title: "a circle of results",
		Means: "A statement reads its own result, by itself or by way of others. It would have no end.",
		Mend:  "Break the circle: let one of the statements read tables of sources only.",
		Wrong: "SELECT name INTO a FROM b; SELECT name INTO b FROM a;", Right: "SELECT name INTO a FROM customers; SELECT name INTO b FROM a;",
	},
	{
		Code: "E2013", Title: "a result that reads no table",
		Means: "Nothing can ever change a result of constants, and it belongs to no pipeline.",
		Mend:  "Read a table, or put the query into a WITH or a FROM of a statement that does.",
		Wrong: "SELECT 1 AS one INTO v;", Right: "SELECT 1 AS one, name INTO v FROM customers;",
	},
	{
		Code: "E2014", Title: "two columns of one name",
		Means: "A result has two columns of the same name, so that nobody could ask for the second one.",
		Mend:  "Give one of them another name by AS.",
		Wrong: "SELECT c.name, p.name INTO v FROM customers c JOIN products p ON c.customer_id = p.product_id;",
		Right: "SELECT c.name, p.name AS product INTO v FROM customers c JOIN products p ON c.customer_id = p.product_id;",
	},
	{
		Code: "E2016", Title: "unknown type",
		Means: "The type of a CAST is not known, or is written with parameters that it does not have.",
		Mend:  "Types are BOOLEAN, INT8 to INT64, UINT8 to UINT64, INT128, FLOAT32, FLOAT64, DECIMAL(p, s), TEXT, BINARY, DATE, TIMESTAMP, DURATION, JSON, UUID and POINT, and their usual SQL names.",
		Wrong: "SELECT CAST(name AS INTEGRE) AS n INTO v FROM customers;", Right: "SELECT CAST(name AS INTEGER) AS n INTO v FROM customers;",
	},
	{
		Code: "E2028", Title: "unknown table function",
		Means: "The function in FROM is not known. Those of time are TUMBLE, HOP, CUMULATE, SESSION and TTL.",
		Mend:  "Correct the name.",
		Wrong: "SELECT * INTO v FROM TUMBEL(orders, order_date, '5 MINUTES');", Right: "SELECT * INTO v FROM TUMBLE(orders, order_date, '5 MINUTES');",
	},
	{
		Code: "E2032", Title: "unknown field of a time",
		Means: "EXTRACT, DATE_TRUNC and their like know fields such as YEAR, MONTH, DAY, HOUR, MINUTE and SECOND.",
		Mend:  "Correct the field. It must be a word or a string of the text, not a column.",
		Wrong: "SELECT EXTRACT(YAER FROM order_date) AS y INTO v FROM orders;", Right: "SELECT EXTRACT(YEAR FROM order_date) AS y INTO v FROM orders;",
	},
}
