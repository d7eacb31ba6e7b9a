package problem

// lexical are mistakes inside words, and of size.
var lexical = []Entry{
	{
		Code: "E1001", Title: "unexpected character",
		Means: "A character that starts no word, number, string or operator. Text copied from a document often has typographic quotes and dashes.",
		Mend:  `Strings stand in ', names in ", and minus is -. NOT is written NOT, not !.`,
		Wrong: "SELECT name INTO v FROM customers WHERE name = ‘Ada’;", Right: "SELECT name INTO v FROM customers WHERE name = 'Ada';",
	},
	{
		Code: "E1002", Title: "string without an end",
		Means: "A string that starts with ' and never ends, so that the rest of the script is part of it.",
		Mend:  "Close it with '. A quote inside a string is doubled: 'it''s'.",
		Wrong: "SELECT name INTO v FROM customers WHERE name = 'Ada;", Right: "SELECT name INTO v FROM customers WHERE name = 'Ada';",
	},
	{
		Code: "E1003", Title: "quoted name without an end",
		Means: `A name that starts with " or a back-quote and never ends.`,
		Mend:  "Close it with the same mark. Strings stand in single quotes.",
		Wrong: `SELECT name AS "the name INTO v FROM customers;`, Right: `SELECT name AS "the name" INTO v FROM customers;`,
	},
	{
		Code: "E1004", Title: "comment without an end",
		Means: "A comment that starts with /* needs a */; comments may stand inside comments, so each needs its own.",
		Mend:  "Close every /* with a */.",
		Wrong: "SELECT name INTO v FROM customers /* all of them;", Right: "SELECT name INTO v FROM customers /* all of them */;",
	},
	{
		Code: "E1005", Title: "malformed number",
		Means: "A number with letters behind it, such as 1m or 0x1F.",
		Mend:  `Put a blank or an operator behind the number. A name that starts with a digit needs double quotes: "1m".`,
		Wrong: "SELECT total_amount * 2x AS d INTO v FROM orders;", Right: "SELECT total_amount * 2 AS d INTO v FROM orders;",
	},
	{
		Code: "E1006", Title: "malformed string",
		Means: "An escape that E'...' does not know, an odd number of hex digits in X'...', or a zero byte.",
		Mend:  "Backslashes are ordinary characters in '...'; write E'...' only for escapes such as \\n.",
		Wrong: `SELECT name INTO v FROM customers WHERE name = E'C:\quit';`, Right: `SELECT name INTO v FROM customers WHERE name = 'C:\quit';`,
	},
	{
		Code: "E1007", Title: "empty name",
		Means: `"" is a name without a character.`,
		Mend:  "The empty string is ''.",
		Wrong: `SELECT name INTO v FROM customers WHERE name = "";`, Right: `SELECT name INTO v FROM customers WHERE name = '';`,
	},
	{
		Code: "E1008", Title: "a variable that was not replaced",
		Means: "${NAME} stands for an environment variable, and none of this name is set.",
		Mend:  "Set the variable, or write $${ for the characters themselves.",
		Wrong: "SELECT name INTO v FROM customers WHERE customer_id > ${FIRST};", Right: "SELECT name INTO v FROM customers WHERE customer_id > 100;",
	},
	{
		Code: "E1030", Title: "too long",
		Means: "A statement may have 1 MiB, a script 64 MiB.",
		Mend:  "Put long lists into a table and join it.",
	},
	{
		Code: "E1031", Title: "too many words",
		Means: "A statement may have 100,000 words and marks.",
		Mend:  "Put long lists into a table and join it.",
	},
	{
		Code: "E1032", Title: "nested too deep",
		Means: "Parentheses, calls, CASE, subqueries and signs may be nested 150 levels deep.",
		Mend:  "Give inner queries a name by WITH.",
	},
	{
		Code: "E1033", Title: "too many mistakes",
		Means: "After 200 mistakes the rest of the script is not read.",
		Mend:  "Mend the first ones; often the others go with them.",
	},
	{
		Code: "E1099", Title: "a mistake in millrace",
		Means: "The front end contradicts itself.",
		Mend:  "Please report it with the statement.",
	},
}
