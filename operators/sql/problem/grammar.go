package problem

// grammar are mistakes of the order of words.
var grammar = []Entry{
	{
		Code: "E1010", Title: "unexpected word or mark",
		Means: "The grammar does not allow this word or mark here. What would fit stands in the message.",
		Mend:  `A comma, an operator or a word before it is missing or too many. A column whose name is a reserved word is written in double quotes: "order".`,
		Wrong: "SELECT name, INTO v FROM customers;", Right: "SELECT name INTO v FROM customers;",
	},
	{
		Code: "E1011", Title: "unexpected end",
		Means: "The statement ends too early: an expression, a closing parenthesis or an END is missing.",
		Mend:  "Complete it. A semicolon ends a statement, also in the middle of a parenthesis.",
		Wrong: "SELECT name INTO v FROM customers WHERE (customer_id > 5;", Right: "SELECT name INTO v FROM customers WHERE (customer_id > 5);",
	},
	{
		Code: "E1020", Title: "operators that do not go together",
		Means: "The result of a comparison, LIKE, IN, BETWEEN, IS or NOT cannot be the operand of a tighter operator without parentheses.",
		Mend:  "Put what belongs together in parentheses: x IS NULL = y is written (x IS NULL) = y.",
		Wrong: "SELECT name INTO v FROM customers WHERE name IS NULL = true;", Right: "SELECT name INTO v FROM customers WHERE (name IS NULL) = true;",
	},
	{
		Code: "E1021", Title: "a comparison of a comparison",
		Means: "a < b < c has no meaning in SQL: the result of the first comparison is true or false.",
		Mend:  "Write a < b AND b < c, or (a < b) = c if that is meant.",
		Wrong: "SELECT name INTO v FROM customers WHERE 1 < customer_id < 9;", Right: "SELECT name INTO v FROM customers WHERE 1 < customer_id AND customer_id < 9;",
	},
	{
		Code: "E1040", Title: "grammar not supported yet",
		Means: "Valid SQL that this front end does not take yet.",
		Mend:  "The message names a way around where there is one.",
		Wrong: "SELECT TOP 10 name INTO v FROM customers;", Right: "SELECT name INTO v FROM customers ORDER BY name LIMIT 10;",
	},
	{
		Code: "E1041", Title: "not a statement of this SQL",
		Means: "Scripts hold queries: SELECT ... INTO name ... and CREATE VIEW. Connections, keys, indexes and rights are in the config; data is changed at the source.",
		Mend:  "Leave the statement out, and declare what it says in the config.",
		Wrong: "DROP TABLE customers;",
	},
	{
		Code: "E1050", Title: "* in the wrong place",
		Means: "* and t.* stand alone in a select list, and * in COUNT(*).",
		Mend:  "To count rows with a value, write COUNT(column); name the columns everywhere else.",
		Wrong: "SELECT COUNT(orders.*) AS n INTO v FROM orders;", Right: "SELECT COUNT(*) AS n INTO v FROM orders;",
	},
	{
		Code: "E1051", Title: "INTO in the wrong place",
		Means: "SELECT ... INTO name FROM ... names the table that the statement makes. A statement makes one, so subqueries, WITH and views have no INTO.",
		Mend:  "Write INTO once, between the select list and FROM of the statement's own first SELECT.",
		Wrong: "SELECT name INTO v FROM (SELECT name INTO w FROM customers);", Right: "SELECT name INTO v FROM (SELECT name FROM customers);",
	},
	{
		Code: "E1052", Title: "a join without a condition",
		Means: "JOIN needs to know which rows belong together.",
		Mend:  "Write ON ... or USING (...). If every row shall meet every other, write CROSS JOIN.",
		Wrong: "SELECT name, order_id INTO v FROM customers JOIN orders;", Right: "SELECT name, order_id INTO v FROM customers JOIN orders USING (customer_id);",
	},
	{
		Code: "E1053", Title: "a join with a condition too many",
		Means: "CROSS JOIN and NATURAL JOIN take no ON and no USING.",
		Mend:  "Write INNER JOIN ... ON, or leave the condition out.",
		Wrong: "SELECT name, order_id INTO v FROM customers CROSS JOIN orders ON order_id = 1;",
		Right: "SELECT name, order_id INTO v FROM customers c JOIN orders o ON c.customer_id = o.customer_id;",
	},
	{
		Code: "E1054", Title: "a window frame that ends before it starts",
		Means: "In BETWEEN start AND end the start must not be later than the end. The order is UNBOUNDED PRECEDING, n PRECEDING, CURRENT ROW, n FOLLOWING, UNBOUNDED FOLLOWING.",
		Mend:  "Write the earlier bound first.",
		Wrong: "SELECT SUM(total_amount) OVER (ORDER BY order_id ROWS BETWEEN CURRENT ROW AND 2 PRECEDING) AS s INTO v FROM orders;",
	},
	{
		Code: "E1055", Title: "two queries of one name",
		Means: "Two queries of one WITH have the same name.",
		Mend:  "Rename one of them.",
		Wrong: "WITH a AS (SELECT name FROM customers), a AS (SELECT email FROM customers) SELECT * INTO v FROM a;",
		Right: "WITH a AS (SELECT name FROM customers), b AS (SELECT email FROM customers) SELECT * INTO v FROM a;",
	},
	{
		Code: "E1056", Title: "rows of different lengths",
		Means: "All rows of VALUES must have as many values as the first.",
		Mend:  "Give every row a value for each column, NULL where there is none.",
		Wrong: "SELECT name INTO v FROM customers JOIN (VALUES (1, 'a'), (2)) t(id, label) ON id = customer_id;",
		Right: "SELECT name INTO v FROM customers JOIN (VALUES (1, 'a'), (2, NULL)) t(id, label) ON id = customer_id;",
	},
	{
		Code: "E1057", Title: "a string where a name or an operator belongs",
		Means: "Single quotes make a string, and a string is no name, also not after AS.",
		Mend:  `Quote names with ". Join two strings by ||.`,
		Wrong: "SELECT name AS 'the name' INTO v FROM customers;", Right: `SELECT name AS "the name" INTO v FROM customers;`,
	},
	{
		Code: "E1058", Title: "a table function without its table",
		Means: "TUMBLE, HOP, SESSION and TTL take a table first and a column of time second.",
		Mend:  "Write TUMBLE(orders, order_date, '5 MINUTES').",
		Wrong: "SELECT * INTO v FROM TUMBLE();", Right: "SELECT * INTO v FROM TUMBLE(orders, order_date, '5 MINUTES');",
	},
	{
		Code: "E1059", Title: "ANY or ALL in the wrong place",
		Means: "ANY, SOME and ALL stand right of a comparison.",
		Mend:  "Write x = ANY (SELECT ...), or x IN (SELECT ...).",
		Wrong: "SELECT name INTO v FROM customers WHERE ANY (SELECT customer_id FROM orders) = customer_id;",
		Right: "SELECT name INTO v FROM customers WHERE customer_id = ANY (SELECT customer_id FROM orders);",
	},
	{
		Code: "E1060", Title: "a second primary key",
		Means: "A table has one primary key.",
		Mend:  "Name all its columns in one PRIMARY KEY (a, b).",
		Wrong: "CREATE TABLE t (a INT PRIMARY KEY, b INT PRIMARY KEY);",
	},
}
