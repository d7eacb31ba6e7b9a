"""Writes values.txt: expressions of hostile values with what PostgreSQL says they give, in our form of text.

Run it as: python3 values.py 'psql -h /tmp -U postgres' (the database in UTF-8, its collation C, its character type C.UTF-8).
It also checks the column of PostgreSQL in differences.txt, where the expressions are that we evaluate otherwise on purpose;
classes of these are left out here, each with its reason at the line that does so."""
import decimal, itertools, random, re, shlex, subprocess, sys

r = random.Random(15)
NULL = "\ue000"
cases = {}  # class -> [(ours, PostgreSQL's)]

def add(kind, ours, theirs=None):
    if not re.search(r"[\n\t\r]", ours):
        cases.setdefault(kind, []).append((ours, theirs or ours))

def quote(s):
    return "'" + s.replace("'", "''") + "'"

def cross(kind, form, *lists, theirs=None):
    for values in itertools.product(*lists):
        add(kind, form.format(*values), theirs and theirs.format(*values))

def texts():
    words = ["", "a", "abc", " a b ", "Hello World", "äöü€", "e\u0301x", "😀a😀", "foo bar baz", "tom's", "%_\\", "ß", "İi", "a,b,,c", "ÀÉ"]
    s, few, n = [quote(w) for w in words], [quote(w) for w in ["", "a", "b", "o", "ö", "World", "😀", ",", "oo"]], [-100, -3, -1, 0, 1, 2, 3, 5, 100]
    for f in "upper lower length char_length octet_length bit_length reverse initcap ascii md5 trim btrim ltrim rtrim".split():
        cross(f, f + "({})", s)
    for f in "sha224 sha256 sha384 sha512".split():
        cross(f, f + "({})", s, theirs=f"encode({f}(convert_to({{}}, 'UTF8')), 'hex')")
    for f in "left right repeat lpad rpad substr".split():
        cross(f, f + "({}, {})", s, n)
    cross("lpad3", "lpad({}, {}, {})", s, n, ["''", "'xy'", "'é'"])
    cross("rpad3", "rpad({}, {}, {})", s, n, ["''", "'xy'", "'é'"])
    cross("substring", "substring({} from {} for {})", s, n, [-1, 0, 1, 2, 100, 2147483647])
    cross("substring", "substring({} from {} for {})", s, [-2147483648], [2147483647])
    cross("overlay", "overlay({} placing 'XY' from {} for {})", s, [-1, 0, 1, 2, 5, 100], [-1, 0, 1, 2, 100])
    cross("split_part", "split_part({}, {}, {})", s, few, [k for k in n if k])  # part 0 is an error in PostgreSQL
    for form in ["position({1} in {0})", "strpos({}, {})", "replace({}, {}, '#')", "starts_with({}, {})", "trim(both {1} from {0})", "ltrim({}, {})",
                 "rtrim({}, {})", "translate({}, {}, 'ZY')", "concat({}, NULL, {}, 1)", "concat_ws({1}, {0}, NULL, '', 1.50)", "{} || {}", "{} < {}",
                 "{} = {}", "greatest({}, {}, NULL)", "nullif({}, {})", "coalesce(NULL, {}, {})"]:
        cross("two " + form, form, s, few)
    cross("chr", "chr({})", [0, 1, 65, 127, 128, 233, 8364, 55296, 128512, 1114111, 1114112, -1])
    patterns = [quote(p) for p in ["", "%", "_", "a%", "%b%", "a\\%", "\\%\\_\\\\", "__", "%a_", "é%", "[a]", "A%", "😀%"]]  # one that ends with \ is always wrong here
    for op in ["like", "ilike", "not like"]:
        cross(op, "{} " + op + " {}", s, patterns)
    cross("escape", "{} like {} escape '!'", s, ["'a!%'", "'!!'", "'!_'"])
    cross("similar", "{} similar to {}", s, [quote(p) for p in ["a", "a|b", "(a|b)c", "a+", "a{2}", "%(b|d)%", "_", "[a-c]+", "[^a]", "a?", "%", "(abc|Hello%)", "H_+", "\\%\\_%", "[[:alpha:]]+"]])
    res = [quote(p) for p in ["a", "^a", "b$", "[a-z]+", "\\d", "(a|b)+", "^$", "A", ".", "o{2}", "\\w+", "\\W", "[[:alpha:]]", "[[:upper:][:digit:]]", "(?i)A", "a*?", "\\s", "[", "(", "[\\w,]+"]]
    for form in ["{} ~ {}", "{} ~* {}", "{} !~ {}", "regexp_replace({}, {}, '<\\&>')", "regexp_replace({}, {}, '<\\&>', 'g')", "regexp_replace({}, {}, 'X', 'gi')", "regexp_count({}, {})", "regexp_instr({}, {})", "regexp_substr({}, {})", "regexp_like({}, {}, 'i')"]:
        cross("re " + form, form, s, res)
    cross("regexp_match", "regexp_match({}, {})", s, res, theirs="to_json(regexp_match({}, {}))")
    for e in ["'%s and %s', 'a', 1", "'%2$s %1$s', 'a', 'b'", "'%%', 1", "'%s'", "'%d', 1", "'%', 1", "'%2$s %s', 1, 2, 3", "'%0$s', 1", "'abc', 1", "'%s|%s', 1.50, NULL"]:
        add("format", f"format({e})")
    cross("cut", "cast({} as {})", s, ["varchar(3)", "varchar", "character varying(2)", "text"])

whole = ["0", "1", "-1", "7", "-7", "10", "2147483647", "-2147483648", "9223372036854775807", "(-9223372036854775807-1)"]
exact = ["0.0", "1.5", "-1.5", "2.5", "-2.5", "0.05", "-0.05", "1.25", "123456.789", "-123456.789", "0.00001", "99999999999999.99", "1.00", "0.5"]
floats = ["0", "-0", "1.5", "-2.5", "1e300", "1e-300", "NaN", "Infinity", "-Infinity", "0.1", "1e16", "123456789.123", "1.005", "5e-324"]

def numbers():
    # An int is an int64 here.
    pairs = [(x, f"({x})::bigint") for x in whole] + [(f"({x})", f"({x})") for x in exact] + [(f"'{x}'::float8", f"'{x}'::float8") for x in floats]
    exactly, integers = pairs[:len(whole) + len(exact)], pairs[:len(whole)]
    for (a, pa), (b, pb) in itertools.product(pairs, pairs):
        for op in ["+", "-", "*", "=", "<", ">=", "is distinct from"]:
            add("binary " + op, f"{a} {op} {b}", f"{pa} {op} {pb}")
        if (a, pa) in exactly and (b, pb) in exactly:
            add("%", f"{a} % {b}", f"{pa} % {pb}")
            add("div", f"{a} div {b}", f"div({pa}, {pb})")
            if (a, pa) in integers and (b, pb) in integers:
                for op in ["/", "&", "|", "#"]:
                    add("integers " + op, f"{a} {op} {b}", f"{pa} {op} {pb}")
                add("gcd", f"gcd({a}, {b})", f"gcd({pa}, {pb})")
                add("lcm", f"lcm({a}, {b})", f"lcm({pa}, {pb})")
            else:  # the quotient of decimals has six digits more than the operands here
                add("decimals /", f"cast({a} / {b} as numeric(38, 4))", f"cast({pa} / {pb} as numeric(38, 4))")
        for f in ["greatest({}, NULL, {})", "least({}, {})", "nullif({}, {})", "coalesce(NULL, {}, {})"]:
            add("two " + f, f.format(a, b), f.format(pa, pb))
        add("atan2", f"atan2({a}, {b})", f"atan2(({pa})::float8, ({pb})::float8)")
        if "e" not in a + b and len(a + b) < 14:
            add("power", f"power({a}, {b})", f"power(({pa})::float8, ({pb})::float8)")
    for a, pa in pairs:
        for f in "abs floor ceil trunc sign round".split():
            if "float8" not in a or f not in ("sign", "round"):  # the sign of NaN is 1 here, ROUND is half away from zero
                add(f, f"{f}({a})", f"{f}({pa})")
        for f in "sqrt cbrt ln log10 sin cos tan asin acos atan tanh asinh acosh atanh degrees".split():
            add(f, f"{f}({a})", f"{f}(({pa})::float8)")
        add("neg", f"-({a})", f"-({pa})")
        for n in [-3, -1, 0, 1, 2, 4]:
            if "float8" not in a and "9223372036854775807" not in a:  # too large for an int64
                add("round2", f"round({a}, {n})", f"round({pa}, {n})")
                add("trunc2", f"trunc({a}, {n})", f"trunc({pa}, {n})")
        for t in ["text", "numeric(10,2)", "numeric(20,6)", "numeric(5,0)", "numeric(3,3)"]:
            if "NaN" not in a:  # a decimal is always a number here
                add("to " + t, f"cast({a} as {t})", f"cast({pa} as {t})")
        if (a, pa) in integers or "float8" in a and "." not in a:  # a fraction is cut off here
            for t in ["bigint", "smallint"]:
                add("to " + t, f"cast({a} as {t})", f"cast({pa} as {t})")
        for form in ["{} between -1 and 2", "{} between symmetric 2 and -1", "{} in (1, 2.5, NULL)", "{} not in (1, NULL)"]:
            add(form, form.format(a), form.format(pa))
        for w in ["0, 10, 5", "-1.5, 2.5, 3", "0, 0, 5", "0, 10, 0"]:
            add("width_bucket", f"width_bucket({a}, {w})", f"width_bucket(({pa})::float8, {w})")
    for form in ["round({})::text", "ceil({})::text", "floor({})::text", "trunc({})::text", "round({}, -1)::text", "round({}, 1)::text", "trunc({} * 1.00, 2)::text"]:
        cross("digits", form, [f"({x})" for x in exact])
    read = ["1", "-1", " 1 ", "1.5", "1e3", "abc", "", "NaN", "inf", "-inf", "1_000", "+5", "--5", "1e400", ".5", "5.", "9223372036854775808", "-9223372036854775808",
            "true", "t", "yes", "on", "0", "f", "off", "no", "n", "y", "TRUE", " true ", "o", "NULL", "1 2"]
    cross("read", "cast({} as {})", [quote(x) for x in read if x not in ("1e-400", "NaN")], ["bigint", "smallint", "float8", "numeric(10,2)", "boolean"])
    for e in ["('0.1'::real)::float8", "('1e10'::float8)::text", "('1e15'::float8)::text", "('1e14'::float8)::text", "('123456789012345680'::float8)::text", "('0.0001'::float8)::text",
              "('0.00001'::float8)::text", "('1e21'::float8)::text", "('-0'::float8)::text", "('3.4e38'::real)::text", "('1234567.8'::real)::text", "(1.10*1.1)::text", "1.50::text",
              "1e5", "1.5e-3", "00012", "123456789012345678901234567890", ".5 + 1.", "-2 ^ 2", "2 ^ 3 ^ 2", "2 * 3 + 4 % 3", "-5 % 3 * 2", "5 & 3 | 8", "1 << 2 + 1", "5 # 3 & 1",
              "not 1 = 2", "1 <> 2 = true", "1 = 1 is true", "1 + 2 || 'a'", "'a' || 1 + 2", "'10' < 9", "10 < '9'", "1 = 'a'", "true = 't'", "1 - -1", "- - 3", "5 - 3 - 1", "~5 & 3",
              "factorial(20)", "factorial(-1)", "to_hex(-1::bigint)", "1::bigint << 63", "-1::bigint >> 70 - 7", "'5' + 1", "case when true then 1 else 2.5 end", "coalesce(1, 1.5::float8)"]:
        add("forms", e)

def truths():
    b, n = ["true", "false", "NULL::boolean"], ["1", "NULL::int", "2"]
    for op in ["and", "or", "=", "<", "is distinct from"]:
        cross("truth", "{} " + op + " {}", b, b)
    cross("truth", "{} {}", b, ["is true", "is not true", "is false", "is not false", "is unknown", "is not unknown", "is null", "is not null"])
    for form in ["nullif({}, {})", "coalesce({}, {}, 3)", "case {} when {} then 'y' when 1 then 'o' end", "case when {} > {} then 'y' else 'n' end", "{} in ({}, 3)", "{} not in ({}, 3)",
                 "{} between {} and 2", "{} not between {} and 2", "{} between symmetric 2 and {}"]:
        cross("nulls", form, n, n)
    for form in ["({}, {}) = (1, 2)", "({}, {}) <> (1, 2)", "({}, {}) < (1, 2)", "({}, {}) >= (1, 2)", "({}, {}) is distinct from (1, 2)", "({0}, {1}) is not distinct from ({1}, {0})", "({}, {}) in ((1, 2), (2, 1))",
                 "({}, {}) not in ((1, 2), (NULL, 1))", "{} = any(array[{}, 3])", "{} <> all(array[{}, 3])", "{} > any(array[{}, 1])", "{} <= all(array[{}, 2])", "({}, {}) is null", "({}, {}) is not null"]:
        cross("rows " + form, form, n, n)

def times():
    moments = ["0001-01-01 00:00:00", "1582-10-04 12:00:00", "1600-02-29 23:59:59.999999", "1899-12-31 23:59:59", "1969-12-31 23:59:59.999", "1970-01-01 00:00:00", "1999-12-31 23:59:59.5",
               "2000-02-29 12:34:56.789012", "2001-01-01 00:00:00", "2004-12-31 23:00:00", "2005-01-01 01:02:03", "2009-12-31 10:00:00", "2010-01-03 00:00:00", "2016-01-03 23:59:59.999999",
               "2020-12-31 12:00:00.000001", "2024-01-31 10:20:30", "2024-02-29 00:00:00", "2024-12-30 05:06:07.08", "2038-01-19 03:14:08", "9999-12-31 23:59:59.999999"]
    t, d = [f"timestamp '{m}'" for m in moments], [f"date '{m[:10]}'" for m in moments]
    lengths = [f"interval {quote(i)}" for i in ["1 month", "-1 month", "1 year", "13 months", "1 day", "-1 day", "24 hours", "1 hour 30 minutes", "0.000001 seconds", "-0.5 seconds", "1 week", "1 month -1 day",
               "1 year 2 months 3 days 04:05:06", "100 years", "P1Y2M3DT4H5M6S", "PT1H", "1-2", "3 4:05:06", "1 day ago", "90 min", "500 ms", "5 us", "5 secs", "1 decade", "1d", "2 hrs"]]
    short = [x for x in lengths if not re.search(r"month|year|-2|P1Y|decade", x)]
    # Seconds are whole here, micro- and milliseconds count from 1970, Monday is 0, a decade is the tenth of a year rounded up, an epoch is whole.
    fields = "minute hour day week month quarter year century millennium isodow doy isoyear".split()
    cross("extract", "extract({} from {})", fields, t)
    cross("extract", "extract({} from {})", fields[2:], d)
    cross("date_part", "date_part('{}', {})", fields, t)
    cross("extract floor", "extract({} from {})", ["second", "epoch"], t, theirs="floor(extract({} from {}))")
    units = "microseconds milliseconds second minute hour day week month quarter year decade century millennium".split()
    cross("date_trunc", "date_trunc('{}', {})", units, t)
    for op in "+-":
        cross("time" + op, "{} " + op + " {}", t, lengths)
        cross("date" + op, "{} " + op + " {}", d, [0, 1, -1, 365, 1000])
        cross("sum" + op, "{} " + op + " {}", short, short)
    for form in ["{} - {}", "{} < {}", "{} = {}"]:
        cross("times " + form, form, t, t[::3])
        cross("dates " + form, form, d, d[::3])
        cross("mixed " + form, form, t, d[::3])
    for op in ["<", "="]:
        cross("lengths" + op, "{} " + op + " {}", short, short)
    cross("scaled", "{} * {}", short, ["2", "-1", "1.5"])
    cross("divided", "{} / {}", short, ["2", "-1"])
    cross("length", "{}", short)
    zones = ["'UTC'", "'Europe/Berlin'", "'America/New_York'", "'Asia/Kolkata'", "'EST'", "'Nowhere/X'"]  # offsets are those of ISO 8601 here: the sign is the other
    cross("zone", "{} at time zone {}", t[1:], zones, theirs="(({})::timestamptz at time zone {})")
    cross("zone", "to_utc_timestamp({}, {})", t[1:], zones, theirs="({} at time zone {})::timestamp")
    for a, b in [("timestamp", t), ("date", d)]:
        cross("cast", "cast({} as {})", b, ["date", "timestamp"])
    cross("rounded", "cast({} as timestamp({}))", [x for x in t if x != t[6]], [0, 3, 6])
    formats = ["YYYY-MM-DD HH24:MI:SS", "DD Mon YYYY", "Day, DD Month YYYY", "FMDay, FMDD FMMonth YYYY", "HH12:MI AM", "HH:MI:SS pm", "MS US", "Q", "WW IW", "IYYY-IW-ID", "D ID DDD IDDD", "J", "CC", "YY Y YYY",
               "Y,YYY", "MON mon Mon", "DAY day Day DY dy Dy", "MONTH month", "RM rm", "SSSS SSSSS", "A.M. p.m.", "BC AD", "ad B.C.", "DDth", "FMDDth", "DDTH", '"Year" YYYY', 'YYYY"T"MM', "FF1 FF3 FF6", "IYY IY I",
               "W", "MM/DD/YY", "FMMM/FMDD/FMYY", "FMHH12:MI", "TMMonth TMDay", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"', "FX YYYY"]
    cross("to_char", "to_char({}, {})", t, [quote(f) for f in formats])
    read = [("2024-02-29", "YYYY-MM-DD"), ("20240229", "YYYYMMDD"), ("29/02/2024", "DD/MM/YYYY"), ("29 Feb 2024", "DD Mon YYYY"), ("February 29, 2024", "Month DD, YYYY"), ("24-02-29", "YY-MM-DD"), ("70-02-28", "YY-MM-DD"),
            ("69-02-28", "YY-MM-DD"), ("2024-060", "YYYY-DDD"), ("2024-2-9", "YYYY-MM-DD"), ("2024-02-30", "YYYY-MM-DD"), ("2024-13-01", "YYYY-MM-DD"), ("abc", "YYYY-MM-DD"), ("2024-02", "YYYY-MM"), ("2024", "YYYY"),
            ("2024-02-29 10:20:30", "YYYY-MM-DD HH24:MI:SS"), ("2024-02-29 10:20:30 PM", "YYYY-MM-DD HH12:MI:SS AM"), ("2024-02-29 12:00 AM", "YYYY-MM-DD HH12:MI AM"), ("2024-02-29 13:00 PM", "YYYY-MM-DD HH12:MI PM"),
            ("2024-02-29 25:00", "YYYY-MM-DD HH24:MI"), ("2024-02-29 10:20:30.5", "YYYY-MM-DD HH24:MI:SS.MS"), ("2024-02-29 10:20:30.123456", "YYYY-MM-DD HH24:MI:SS.US"), (" 2024-02-29", "YYYY-MM-DD"),
            ("2024 02 29", "YYYY-MM-DD"), ("2024/02/29", "YYYY-MM-DD"), ("20240229102030", "YYYYMMDDHH24MISS"), ("FEB 2024", "MON YYYY"), ("1 MAY 2000", "FMDD MON YYYY"), ("Thu 29 Feb 2024", "Dy DD Mon YYYY"),
            ("024-02-01", "YYY-MM-DD"), ("999-02-01", "YYY-MM-DD"), ("3rd 05 2024", "DDth MM YYYY"), ("2024 AD", "YYYY AD"), ("2024 a.d. 03", "YYYY A.D. MM"), ("10 P.M.", "HH12 A.M.")]
    for s, f in read:
        if "HH12 A" not in f:  # what a pattern leaves out is that of 1970-01-01 here
            add("to_date", f"to_date({quote(s)}, {quote(f)})")
            add("to_timestamp", f"to_timestamp({quote(s)}, {quote(f)})", f"to_timestamp({quote(s)}, {quote(f)})::timestamp")
    for y, m, day in [(2024, 2, 29), (2023, 2, 29), (2024, 13, 1), (9999, 12, 31), (1, 1, 1)]:
        add("make_date", f"make_date({y}, {m}, {day})")
        cross("make_timestamp", f"make_timestamp({y}, {m}, {day}, {{}})", ["0, 0, 0", "23, 59, 59.999999", "23, 60, 0", "0, 0, 60.5", "-1, 0, 0"])  # an hour 24 or a second 60 is none here
    cross("to_timestamp", "to_timestamp({})", ["0", "1.5", "-1.5", "1e9", "253402300799", "-62135596800", "1e18", "1700000000.123456"], theirs="to_timestamp({})::timestamp")
    cross("date_bin", "date_bin(interval {}, {}, timestamp '2001-01-01')", ["'15 minutes'", "'1 week'"], t)
    texts = ["2024-02-30", "2023-02-29", "2024-13-01", "2024-01-05 10:20", "2024-01-05T10:20:30", "2024-01-05 10:20:30.123456", "2024-01-05 25:00:00", "2024-01-05 10:60:00", "", " 2024-01-05 ", "abc", "2024-06-31"]
    cross("read time", "cast({} as {})", [quote(x) for x in texts], ["timestamp", "date"])

def objects():
    docs = ["{}", "[]", "null", "1", "1.50", '"a"', '{"a":1,"b":[1,2,{"c":null}]}', '[1,"x",null,true,[2]]', '{"a":null}', '{"ä":"😀"}', '{"a":{"b":{"c":5}}}', "1e2", '"\\u00e9\\n"', '{"b":1,  "a":2}']
    j = [f"cast('{d}' as json)" for d in docs]  # of equal names the first counts here
    for op in ["->", "->>"]:
        cross(op, "{} " + op + " {}", j, ["'a'", "'b'", "''", "0", "1", "-1", "9", "'ä'"])
        cross(op, "({} -> 'b') " + op + " {}", j, ["0", "-1", "'c'"])
    for op in ["#>", "#>>"]:
        cross(op, "{} " + op + " {}", j, ["'{a}'", "'{b,0}'", "'{b,2,c}'", "'{}'", "'{a,b,c}'", "'{0}'", "'{b,-1}'"])
    for f in ["json_typeof({})", "json_array_length({})", "{}::text", "json_extract_path({}, 'b', '0')", "json_extract_path_text({}, 'a')", "to_json({})"]:
        cross(f, f, j)
    for x in ["1", "1.5", "'a'", "true", "NULL", "date '2024-01-02'", "0.5::float8", "'\"q\"\\\\'", "12345678901234567890"]:
        add("build", f"json_build_array({x}, 2)")
        add("build", f"json_build_object('k', {x})")
    for s in ["{", "", "nul", '{"a":}', "[1,]", "01", "NaN", "1 2", '{"a":1}x']:
        add("wrong json", f"cast('{s}' as json)")

def ask(questions):
    """Returns the type and the text of each expression; None of a null."""
    script = """create or replace function pg_temp.ev(e text) returns text language plpgsql as $f$
declare t text; v text;
begin
  execute 'select pg_typeof(x)::text, x::text from (select ('||e||') as x) s' into t, v;
  return t || ':' || coalesce(v, chr(57344));
exception when others then return 'error:';
end $f$;
set timezone = 'UTC'; create temp table t(i serial, e text); copy t(e) from stdin;\n"""
    escaped = [q.replace("\\", "\\\\") for q in questions]
    script += "\n".join(escaped) + "\n\\.\ncopy (select pg_temp.ev(e) from t order by i) to stdout;\n"
    run = subprocess.run(shlex.split(sys.argv[1]) + ["-Atqv", "ON_ERROR_STOP=1"], input=script, capture_output=True, text=True, check=True)
    lines = run.stdout.split("\n")[:-1]
    assert len(lines) == len(questions), run.stderr
    clear = lambda s: re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), s)
    return [tuple(clear(line).split(":", 1)) for line in lines]

def length(text):
    """Writes an interval without months as we write durations."""
    total, sign = 0, 1
    for n, _ in re.findall(r"([+-]?\d+) (day)s?", text):
        total += int(n) * 86400 * 10**6
    if m := re.search(r"([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?$", text):
        us = (int(m[2]) * 3600 + int(m[3]) * 60 + int(m[4])) * 10**6 + int((m[5] or "").ljust(6, "0"))
        total += -us if m[1] == "-" else us
    out, total = "-" if total < 0 else "", abs(total)
    hours, minutes, seconds = total // 3600000000, total // 60000000 % 60, decimal.Decimal(total % 60000000) / 1000000
    out += f"{hours}h" if hours else ""
    out += f"{minutes}m" if hours or minutes else ""
    return out + f"{seconds.normalize():f}s"

def written(kind, text):
    """Writes a value of PostgreSQL in our form; None: it has none."""
    if kind == "error":
        return "error"
    if text == NULL:
        return "NULL"
    if kind.startswith("timestamp"):
        text = re.sub(r"\+00$", "", text)
        m = re.match(r"(\d{4}-\d\d-\d\d) ([\d:]{8})(\.\d+)?$", text)
        if not m:
            return None  # before the year 1 or after 9999 we write signs, as ISO 8601
        f = (m[3] or "").ljust(7, "0") if m[3] else ""
        return m[1] + "T" + m[2] + (f[:4] if f.endswith("000") else f) + "Z"
    if kind == "date" and not re.match(r"\d{4}-\d\d-\d\d$", text):
        return None
    if kind == "interval":
        return None if re.search("mon|year", text) else length(text)
    return None if re.search(r"[\n\t\r]", text) else text

def floating(ours, kind):
    """Reports whether an error of PostgreSQL may be that a float overflows: we go on with infinity and 0."""
    return kind == "error" and ("float8" in ours or ours.startswith("power"))

def main():
    for make in [texts, numbers, truths, times, objects]:
        make()
    chosen = [c for kind in cases for c in (cases[kind] if len(cases[kind]) <= 24 else r.sample(cases[kind], 24))]
    lines = []
    for (ours, theirs), (kind, text) in zip(chosen, ask([theirs for _, theirs in chosen])):
        value = written(kind, text)
        if value is not None and not floating(ours, kind) and not (ours.startswith("date '") and " interval " in ours):
            lines.append(f"{ours} -> {value}")
    lines = list(dict.fromkeys(lines))
    with open("values.txt", "w") as f:
        f.write("\n".join(lines) + "\n")
    print(len(lines), "values")
    rows = [line.rstrip("\n").split(" || ") for line in open("differences.txt") if " || " in line]
    for row, (kind, text) in zip(rows, ask([row[0] for row in rows])):
        value = {"error": "error"}.get(kind) or ("NULL" if text == NULL else text)
        if value != row[2]:
            print(f"{row[0]}: PostgreSQL says {value}")

main()
