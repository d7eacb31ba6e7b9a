"""Writes values.txt: expressions with what they give, computed by Python's own libraries."""
import base64, calendar, datetime as dt, decimal as dec, fractions, hashlib, math, random, re

r = random.Random(16)
out = []

def add(sql, value):
    out.append(f"{sql} -> {'NULL' if value is None else value}")

def quote(s):
    return "'" + s.replace("'", "''") + "'"

def stamp(t):
    text = t.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    if t.microsecond:
        micros = f"{t.microsecond:06}"
        text += "." + (micros[:3] if micros.endswith("000") else micros)
    return text + "Z"

def literal(t):
    return f"TIMESTAMP '{t.strftime('%Y-%m-%d %H:%M:%S').rjust(19, '0')}.{t.microsecond:06}'"

def moment():
    t = dt.datetime(1900, 1, 1) + dt.timedelta(seconds=r.randrange(250 * 365 * 86400))
    return t.replace(microsecond=r.choice([0, 0, 123000, 654321]))

def months(t, n):
    m = t.year * 12 + t.month - 1 + n
    y, m = divmod(m, 12)
    return t.replace(year=y, month=m + 1, day=min(t.day, calendar.monthrange(y, m + 1)[1]))

def cut(a, b):
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q

names = [("YYYY", "%Y"), ("MM", "%m"), ("DD", "%d"), ("HH24", "%H"), ("HH12", "%I"), ("MI", "%M"), ("SS", "%S"), ("US", "%f"), ("DDD", "%j"),
         ("Mon", "%b"), ("DY", None), ("FMMonth", "%B"), ("IYYY", "%G"), ("IW", "%V"), ("ID", "%u"), ("AM", "%p"), ("YY", "%y")]
for _ in range(25):
    t = moment()
    parts = r.sample(names, 4)
    want = "/".join(t.strftime("%a").upper() if p == "DY" else t.strftime(f) for p, f in parts)
    add(f"to_char({literal(t)}, '{'/'.join(p for p, _ in parts)}')", want)
    add(f"to_char({literal(t)}, '%d.%m.%Y %H-%M-%S %j %A')", t.strftime("%d.%m.%Y %H-%M-%S %j %A"))
    add(f"date_format({literal(t)}, 'EEE, dd MMM yyyy hh:mm:ss a')", t.strftime("%a, %d %b %Y %I:%M:%S %p"))
    whole = t.replace(microsecond=0)
    add(f"to_timestamp('{t.strftime('%d %b %Y %I:%M:%S %p')}', 'DD Mon YYYY HH12:MI:SS AM')", stamp(whole))
    add(f"to_timestamp('{t.strftime('%Y%m%d%H%M%S%f')}', 'YYYYMMDDHH24MISSUS')", stamp(t))
    add(f"str_to_date('{t.strftime('%d,%m,%Y %H:%M:%S')}', '%d,%m,%Y %H:%i:%s')", stamp(whole))
    n = r.randrange(-500, 500)
    if 1 <= (t.year * 12 + n) // 12 <= 9998:
        add(f"{literal(t)} + INTERVAL '{n}' MONTH", stamp(months(t, n)))
        add(f"{literal(t)} + {n} * INTERVAL '1 month 2 days'", stamp(months(t, n) + dt.timedelta(days=2 * n)))
    for unit in ["year", "month", "day", "hour", "minute", "second"]:
        order = ["year", "month", "day", "hour", "minute", "second"]
        low = dict(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        later = order[order.index(unit) + 1:] + ["microsecond"]
        if r.randrange(3) == 0:
            add(f"date_trunc('{unit}', {literal(t)})", stamp(t.replace(**{k: low[k] for k in later})))
    add(f"date_trunc('week', DATE '{t.date()}')", t.date() - dt.timedelta(days=t.weekday()))
    add(f"EXTRACT(WEEK FROM {literal(t)})", t.isocalendar()[1])
    add(f"dayofweek({literal(t)})", t.isoweekday() % 7 + 1)
    u = moment()
    add(f"datediff(DATE '{t.date()}', DATE '{u.date()}')", (t.date() - u.date()).days)
    micros = (u - t) // dt.timedelta(microseconds=1)
    add(f"timestampdiff(HOUR, {literal(t)}, {literal(u)})", cut(micros, 3600 * 10**6))
    a, b = min(t, u), max(t, u)
    n = (b.year - a.year) * 12 + b.month - a.month
    if (b.day, b.time()) < (a.day, a.time()):
        n -= 1
    add(f"timestampdiff(MONTH, {literal(a)}, {literal(b)})", n)
    add(f"date_diff('month', {literal(t)}, {literal(u)})", (u.year - t.year) * 12 + u.month - t.month)

dec.getcontext().prec = 60
for _ in range(25):
    x = dec.Decimal(r.randrange(-10**8, 10**8)).scaleb(-4)
    n = r.randrange(-3, 5)
    half = x.quantize(dec.Decimal(1).scaleb(-n), dec.ROUND_HALF_UP).quantize(dec.Decimal("0.0001"))
    add(f"round({x:.4f}, {n})", f"{half + 0:.{max(n, 0)}f}")
    down = x.quantize(dec.Decimal(1).scaleb(-n), dec.ROUND_DOWN).quantize(dec.Decimal("0.0001"))
    add(f"trunc({x:.4f}, {n})", f"{down + 0:.{max(n, 0)}f}")
    y = dec.Decimal(r.choice([3, -7, 11, 16]))
    add(f"{x:.4f} * {y}.5", f"{x * (y + (dec.Decimal('0.5') if y > 0 else dec.Decimal('-0.5'))):.5f}")
    a, b = r.randrange(-1000, 1000), r.choice([7, -7, 13])
    add(f"{a} / {b}", cut(a, b))
    add(f"mod({a}, {b})", a - b * cut(a, b))
    add(f"gcd({a}, {b * 6})", math.gcd(a, b * 6))
    add(f"({a} # {b})", a ^ b)

words = ["", "a", "abc", "Hello World", "äöü€", "a,b,,c", "foo123bar", "x" * 12, "tom's", "one two  three"]
for s in words:
    q = quote(s)
    for n in [-4, -1, 0, 2, 20]:
        add(f"left({q}, {n})", s[:n] if n >= 0 else s[:max(0, len(s) + n)])
        add(f"right({q}, {n})", (s[-n:] if n > 0 else "") if n >= 0 else s[-n:])
        add(f"lpad({q}, {n}, 'xy')", s[:max(n, 0)] if len(s) >= n else ("xy" * n)[:n - len(s)] + s)
    add(f"reverse({q})", s[::-1])
    add(f"octet_length({q})", len(s.encode()))
    add(f"md5({q})", hashlib.md5(s.encode()).hexdigest())
    add(f"sha512({q})", hashlib.sha512(s.encode()).hexdigest())
    add(f"to_base64({q})", base64.b64encode(s.encode()).decode())
    add(f"hex({q})", s.encode().hex().upper())
    parts = s.split(",")
    for n in [1, 2, -1]:
        part = parts[n - 1] if 0 < n <= len(parts) else parts[n] if n < 0 and -n <= len(parts) else ""
        add(f"split_part({q}, ',', {n})", part)
        add(f"split_index({q}, ',', {n})", parts[n] if 0 <= n < len(parts) else None)
    for p in ["[a-z]+", "o", "(\\d)(\\d)", "^$", "b*", "\\s+"]:
        m = re.search(p, s)
        add(f"regexp_extract({q}, '{p}')", m and m.group(0))
        add(f"regexp_replace({q}, '{p}', '<\\&>', 'g')", re.sub(p, lambda m: f"<{m.group(0)}>", s) if p != "b*" else None) if p != "b*" else None
        add(f"({q} ~ '{p}')", str(bool(m)).lower())
        add(f"regexp_count({q}, '{p}')", len(re.findall(p, s))) if p != "b*" else None

with open("values.txt", "w") as f:
    f.write("\n".join(out) + "\n")
