"""Writes values.txt: calls of functions that MySQL has and PostgreSQL has not, with what MariaDB says they give, in our form of text.

Run it as: python3 values.py 'mariadb -S /tmp/mysql.sock'. It also checks the column of MySQL in differences.txt."""
import itertools, random, re, shlex, subprocess, sys

r = random.Random(10)
cases = {}  # form -> [(expression, what it gives: text, time or bool)]

def cross(form, *lists, kind="text", most=40):
    all = [(form.format(*values), kind) for values in itertools.product(*lists)]
    cases[form] = all if len(all) <= most else r.sample(all, most)

def quote(s):
    return "'" + s.replace("'", "''") + "'"

def make():
    s = [quote(w) for w in ["", "a", "abc", " a b ", "Hello World", "äöü€", "😀a😀", "foo bar baz", "tom's", "a,b,,c", "ß", "12abc"]]
    u = [quote(w) for w in ["", "a", "b", "o", "ö", "World", ","]]
    for f in ["ucase", "lcase", "sha1", "hex", "to_base64", "crc32"]:
        cross(f + "({})", s)
    cross("sha2({}, {})", s, [0, 224, 256, 384, 512])
    cross("substring_index({}, {}, {})", s, ["','", "' '", "'o'", "''"], [-100, -3, -1, 0, 1, 2, 5])
    cross("locate({}, {})", u, s)
    cross("locate('b', {}, {})", s, [-1, 0, 1, 2, 100])
    for f in ["instr({1}, {0})", "find_in_set({}, {})", "concat_ws({}, {}, NULL, 'x')", "if({} = {}, 'y', 'n')", "ifnull(NULL, {1})"]:
        cross(f, u, s)
    cross("space({})", [0, 1, 5, -1])
    cross("bit_count({})", [0, 1, 255, -1, 9223372036854775807])
    cross("hex({})", [0, 255, -1, 9223372036854775807])
    cross("truncate({}, {})", ["1.999", "-1.999", "123.456", "1e10"], [-2, -1, 0, 1, 2])
    cross("hex(unhex({}))", ["'4D7953'", "''"])
    days = [f"date '{d}'" for d in ["2024-01-31", "2024-02-29", "2023-12-31", "2024-12-30", "1999-01-01", "1970-01-01", "2000-02-29", "2023-01-01", "2016-01-03"]]
    times = [f"timestamp {d[5:-1]} {t}'" for d in days for t in ["00:00:00", "12:34:56.789", "23:59:59"]]
    for f in "dayofweek weekday dayofyear dayofmonth quarter weekofyear monthname dayname last_day".split():
        cross(f + "({})", days)
    for f in ["date_add({}, interval {} {})", "date_sub({}, interval {} {})"]:
        cross("cast(" + f + " as date)", days, [1, -1, 31], ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])
        cross(f + " ", times, [1, -1, 90], ["SECOND", "MINUTE", "HOUR", "MICROSECOND"], kind="time")
    cross("timestampadd({1}, {2}, {0})", times, ["SECOND", "HOUR", "DAY", "MONTH", "YEAR"], [1, -1, 31], kind="time")
    cross("cast(adddate({}, {}) as date)", days, [1, -1, 365])
    cross("datediff({}, {})", days, days)
    for unit in ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "HOUR"]:
        cross("timestampdiff(" + unit + ", {}, {})", days, days, most=20)
        cross("timestampdiff(" + unit + ", {}, {}) ", times, times, most=20)
    cross("timestampdiff({}, {}, {})", ["SECOND", "MINUTE", "MICROSECOND"], times, times)
    cross("date_format({}, {})", times, [quote(p) for p in ["%Y-%m-%d", "%d/%m/%y", "%H:%i:%s", "%h:%i %p", "%W %M %e", "%a %b %D", "%j", "%U %u", "%v %x", "%V %X", "%w", "%r %T", "%f", "%c/%d", "%k %l %I", "%% %q"]], most=200)
    cross("unix_timestamp({})", [t for t in times if "." not in t])
    read = [("2024-02-29", "%Y-%m-%d"), ("29/02/2024", "%d/%m/%Y"), ("29/02/24", "%d/%m/%y"), ("Feb 29 2024", "%b %d %Y"), ("February 29, 2024", "%M %d, %Y"), ("2024-02-29 10:20:30 PM", "%Y-%m-%d %h:%i:%s %p"),
            ("2024-060", "%Y-%j"), ("20240229", "%Y%m%d"), ("2024-2-9", "%Y-%m-%d"), ("2024-02-29 10:20:30.5", "%Y-%m-%d %H:%i:%s.%f"), ("1st Feb 2024", "%D %b %Y"), ("70-01-01", "%y-%m-%d"), ("69-01-01", "%y-%m-%d")]
    for text, pattern in read:
        cross(f"str_to_date('{text}', '{pattern}')", kind="time")
    cross("from_unixtime({})", ["0", "1700000000", "1.5"], kind="time")
    docs = [quote(j) for j in ['{"a":1,"b":[1,2,{"c":null}]}', '[1,"x",null,true]', '{"a":{"b":"s"}}', "null", '"s"', "1.50", "{}"]]
    for f in ["json_extract", "json_length", "json_keys"]:
        cross(f + "({}, {})", docs, [quote(p) for p in ["$.a", "$.b[0]", "$", "$[1]", "$.a.b", "$.x"]])
    cross("json_exists({}, {})", docs, [quote(p) for p in ["$.a", "$.b[0]", "$[1]", "$.a.b", "$.x"]], kind="bool")
    cross("json_valid({})", docs + ["'{'", "''"], kind="bool")
    cross("json_object('a', {}, 'b', NULL)", ["1", "'x'"])

def ask(questions):
    """Returns the text of each expression; error if there is none."""
    script = "set time_zone = '+00:00'; set sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES';\n"
    script += "\n".join(f"SELECT {i}, ({q});" for i, q in enumerate(questions))
    run = subprocess.run(shlex.split(sys.argv[1]) + ["-NB", "--force", "--default-character-set=utf8mb4"], input=script, capture_output=True, text=True)
    got = dict(line.split("\t", 1) for line in run.stdout.split("\n") if "\t" in line)
    return [got.get(str(i), "error") for i in range(len(questions))]

def written(kind, text):
    if text in ("NULL", "error"):
        return text
    if kind == "bool":
        return {"1": "true", "0": "false"}[text]
    if kind == "time":
        m = re.match(r"(\d{4}-\d\d-\d\d)(?: ([\d:]{8})(\.\d+)?)?$", text)
        f = (m[3] or "").rstrip("0").rstrip(".")
        f = f.ljust(4, "0") if len(f) <= 4 and f else f.ljust(7, "0") if f else ""
        return f"{m[1]}T{m[2] or '00:00:00'}{f}Z"
    return text

make()
chosen = [(e.strip(), kind) for some in cases.values() for e, kind in some]
lines = [f"{e} -> {written(kind, text)}" for (e, kind), text in zip(chosen, ask([e for e, _ in chosen]))]
with open("values.txt", "w") as f:
    f.write("\n".join(dict.fromkeys(lines)) + "\n")
print(len(lines), "values")
rows = [line.rstrip("\n").split(" || ") for line in open("differences.txt") if " || " in line]
for row, text in zip(rows, ask([row[0] for row in rows])):
    if text != row[2]:
        print(f"{row[0]}: MySQL says {text}")
