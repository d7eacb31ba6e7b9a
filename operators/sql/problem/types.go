package problem

// types are mistakes about values.
var types = []Entry{
	{
		Code: "E2005", Title: "types that do not fit",
		Means: "An operator or a function is given types that it does not take, or the branches of a CASE, the rows of VALUES or the sides of a UNION have types without a common one.",
		Mend:  "CAST one of them, or correct the expression. A string literal takes the type of what it meets; a text column does not.",
		Wrong: "SELECT name INTO v FROM customers WHERE created_at > customer_id;", Right: "SELECT name INTO v FROM customers WHERE created_at > '2024-01-01';",
	},
	{
		Code: "E2015", Title: "wrong number of arguments",
		Means: "The function takes more or fewer arguments.",
		Mend:  "The signature stands in the message.",
		Wrong: "SELECT upper(name, email) AS u INTO v FROM customers;", Right: "SELECT upper(name) AS u INTO v FROM customers;",
	},
	{
		Code: "E2017", Title: "a literal that has no such value",
		Means: "The text of a date, time, interval, number or other constant cannot be read, or is outside of what its type holds.",
		Mend:  "Dates are written DATE '2024-02-29', times TIMESTAMP '2024-02-29 12:30:00', intervals INTERVAL '5' MINUTE.",
		Wrong: "SELECT order_id INTO v FROM orders WHERE order_date > DATE '2024-02-30';", Right: "SELECT order_id INTO v FROM orders WHERE order_date > DATE '2024-02-29';",
	},
	{
		Code: "E2018", Title: "a CAST that cannot be",
		Means: "No value of the one type is one of the other.",
		Mend:  "CAST to another type first, such as text, or compute what is meant by a function.",
		Wrong: "SELECT CAST(total_amount AS TIMESTAMP) AS t INTO v FROM orders;", Right: "SELECT CAST(total_amount AS INT) AS t INTO v FROM orders;",
	},
	{
		Code: "E2019", Title: "a condition is needed",
		Means: "WHERE, ON, HAVING, WHEN, FILTER, AND, OR and NOT take conditions, which are true, false or null. Numbers are none.",
		Mend:  "Compare the value with something: customer_id <> 0.",
		Wrong: "SELECT name INTO v FROM customers WHERE customer_id;", Right: "SELECT name INTO v FROM customers WHERE customer_id <> 0;",
	},
	{
		Code: "E2030", Title: "a constant that cannot be computed",
		Means: "An expression without columns fails, so it would fail for every row.",
		Mend:  "Correct it; the message says why it fails.",
		Wrong: "SELECT name INTO v FROM customers JOIN (VALUES (1 / 0)) t(x) ON x = customer_id;", Right: "SELECT name INTO v FROM customers JOIN (VALUES (1 / 1)) t(x) ON x = customer_id;",
	},
	{
		Code: "E2031", Title: "a constant is needed",
		Means: "VALUES, LIMIT, OFFSET and some arguments have to be known before there are rows.",
		Mend:  "Write a literal, or an expression of literals.",
		Wrong: "SELECT name INTO v FROM customers ORDER BY name LIMIT 2.5;", Right: "SELECT name INTO v FROM customers ORDER BY name LIMIT 10;",
	},
}
