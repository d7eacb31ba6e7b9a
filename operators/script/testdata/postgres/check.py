"""Compares the answers of scripts with PostgreSQL: each epoch is played there, and each view read before and after.

Run it as: python3 check.py 'psql -h /tmp -U postgres' *.delta (the database in UTF-8, its collation C). An int is a bigint there.
Where PostgreSQL writes a view in another way, the line "# postgres: select ..." behind it says how."""
import collections, decimal, json, re, shlex, subprocess, sys

def cells(line):
    """Splits a line of a script as Go's strconv quotes words."""
    out = []
    for quoted, bare in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line):
        if quoted or not bare:
            out.append(re.sub(r"\\(x..|u....|U.{8}|.)", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1]) or (chr(int(m[1][1:], 16)) if m[1][0] in "xuU" else m[1]), quoted))
        elif bare.startswith("#"):
            break
        else:
            out.append(None if bare == "NULL" else bare)
    return out

def parse(text):
    """Returns tables, views with their queries, and epochs of changes and answers."""
    tables, views, epochs, statement = {}, {}, [], []
    def end():
        s = "\n".join(statement)
        statement.clear()
        if m := re.match(r'create table "?(\w+)"? \((.*)\)$', s, re.S):
            tables[m[1]] = re.sub(r"\b(int|integer)\b", "bigint", m[2]).replace("float64", "double precision")
        elif m := re.match(r"view (\w+)(?: \(([^)]*)\))? as (.*)$", s, re.S):
            views[m[1]] = (m[2], m[3])
    part = "head"
    for line in text.split("\n"):
        if part != "block" and (line.startswith("epoch")):
            end()
            epochs.append(([], []))
            part = "block"
        elif part == "block":
            if line == "----":
                part = "answer"
            elif line.strip() and not line.startswith("#"):
                epochs[-1][0].append(cells(line))
        elif part == "answer":
            if line.strip():
                epochs[-1][1].append(cells(line))
        elif m := re.match(r"# postgres: (.*)", line):
            end()
            name = list(views)[-1]
            views[name] = (views[name][0], m[1])
        elif line.startswith("#") or not line.strip():
            continue
        else:
            if line[0] not in " \t":
                end()
            statement.append(line.strip())
    return tables, views, epochs

def quote(v):
    if v and re.fullmatch(r"-(\d+h)?(\d+m)?[\d.]+s", v):  # the sign is that of all parts
        v = re.sub(r"([\d.]+)([hms])", r" -\1 \2", v[1:])
    return "NULL" if v is None else "'" + v.replace("'", "''") + "'"

def plain(kind, v):
    """Returns one text for all ways to write a value of a type of PostgreSQL."""
    if v is None:
        return None
    if kind == "boolean":
        return {"t": "true", "f": "false"}.get(v, v)
    if kind.startswith("timestamp"):
        m = re.match(r"(\d+-\d\d-\d\d)[ T]([\d:]{8})(\.\d+)?(?:Z|\+00)?$", v)
        return f"{m[1]} {m[2]}{(m[3] or '').rstrip('0').rstrip('.')}" if m else v
    if kind in ("double precision", "real"):
        return "%.10g" % (float(v) + 0.0 if float(v) else 0.0)
    if kind.startswith(("numeric", "bigint", "integer", "smallint")):
        try:
            return "%.10g" % float(round(decimal.Decimal(v), 4))
        except (decimal.InvalidOperation, OverflowError):
            return v
    if kind == "interval":
        total = 0
        if re.fullmatch(r"-?[\d.hms]+s", v):
            for n, u in re.findall(r"([\d.]+)([hms])", v):
                total += int(decimal.Decimal(n) * {"h": 3600, "m": 60, "s": 1}[u] * 10**6)
            return str(-total if v[0] == "-" else total)
        for n in re.findall(r"([+-]?\d+) days?", v):
            total += int(n) * 86400 * 10**6
        if m := re.search(r"([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?$", v):
            us = (int(m[2]) * 3600 + int(m[3]) * 60 + int(m[4])) * 10**6 + int((m[5] or "").ljust(6, "0"))
            total += -us if m[1] == "-" else us
        return str(total)
    if kind in ("json", "jsonb"):
        return json.dumps(json.loads(v), sort_keys=True)
    if kind.endswith("[]"):
        return v
    return v

class Postgres:
    def __init__(self, command):
        self.command = shlex.split(command) + ["-Atqv", "ON_ERROR_STOP=1"]

    def play(self, tables, views, epochs):
        """Returns the types of each view and its rows after each epoch; or the error of a view."""
        script = ["set timezone = 'UTC'; set client_min_messages = error;"]
        script += [f'create temp table "{t}" ({cols});' for t, cols in tables.items()]
        for v, (cols, query) in views.items():
            script.append(f"create temp view {v}{' (' + cols + ')' if cols else ''} as {query};")
            script.append(f"\\echo {{types}} {v}\nselect format_type(atttypid, null) from pg_attribute where attrelid = '{v}'::regclass order by attnum;")
        for changes, _ in epochs:
            script.append("\\echo {epoch}")
            for table, weight, *row in changes:
                weights = int(weight)
                for _ in range(abs(weights)):
                    if weights > 0:
                        script.append(f"insert into \"{table}\" values ({', '.join(map(quote, row))});")
                    else:
                        as_row = f"row({', '.join(map(quote, row))})::\"{table}\""
                        script.append(f"delete from \"{table}\" where ctid = (select ctid from \"{table}\" whole_row where whole_row::text = ({as_row})::text limit 1);")
            script += [f"\\echo {{view}} {v}\ncopy (select * from {v}) to stdout;" for v in views]
        run = subprocess.run(self.command, input="\n".join(script), capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(run.stderr.strip())
        types, states, into = {}, [], None
        for line in run.stdout.split("\n")[:-1]:
            if line.startswith("{types} "):
                into = types[line[8:]] = []
            elif line == "{epoch}":
                states.append({})
            elif line.startswith("{view} "):
                name, into = line[7:], None
                states[-1][name] = collections.Counter()
            elif into is not None and line:
                into.append(line)
            elif states and into is None:
                values = [None if c == "\\N" else re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), c) for c in line.split("\t")]
                states[-1][name][tuple(plain(k, c) for k, c in zip(types[name], values))] += 1
        return types, states

def ours(types, epochs):
    """Returns the rows of each view after each epoch, by the answers."""
    state = {v: collections.Counter() for v in types}
    for _, answers in epochs:
        for view, weight, *row in answers:
            if view in state:
                state[view][tuple(plain(k, c) for k, c in zip(types[view], row))] += int(weight)
        yield {v: collections.Counter({row: n for row, n in rows.items() if n}) for v, rows in state.items()}

def compare(command, text):
    """Yields a line for each view of each epoch whose rows differ."""
    tables, views, epochs = parse(text)
    types, states = Postgres(command).play(tables, views, epochs)
    for i, (have, want) in enumerate(zip(ours(types, epochs), states)):
        for v in views:
            if have[v] != want[v]:
                yield f"epoch {i + 1}: {v}: ours only {dict(have[v] - want[v])}, PostgreSQL's only {dict(want[v] - have[v])}"

if __name__ == "__main__":
    wrong = checked = 0
    for file in sys.argv[2:]:
        text = open(file).read()
        _, views, epochs = parse(text)
        checked += len(views) * len(epochs)
        for line in compare(sys.argv[1], text):
            wrong += 1
            print(f"{file}: {line}")
    print(f"{checked} states of views compared, {wrong} differ")
    sys.exit(wrong > 0)
