package main

// Orders are placed on firstDay to lastDay. What was received by today is past.
var (
	firstDay = day(1992, 1, 1)
	lastDay  = day(1998, 12, 31) - 151
	today    = day(1995, 6, 17)
)

// order is an order with its lines.
type order struct {
	key, customer int64
	total         int64 // cents
	status        byte
	day           int32
	priority      string
	clerk         []byte
	comment       []byte
	lines         []line
}

// line is a line item. Money is in cents, shares in hundredths.
type line struct {
	part, supplier          int64
	quantity, price         int64
	discount, tax           int64
	shipped, promised, came int32
	returned, status        byte
	instruction, mode       string
	comment                 []byte
}

// orderKey is the key of the i-th order: of every 32 numbers the first 8 belong to the orders of the files, the next 8
// to those that come later.
func orderKey(i int64, later bool) int64 {
	key := i>>3<<5 | i&7
	if later {
		key |= 8
	}
	return key
}

// order makes the order of a key.
func (d *data) order(key int64) *order {
	r := newRandom(d.seed, "orders", key)
	o := &order{key: key, customer: r.between(1, d.customers), day: int32(r.between(int64(firstDay), int64(lastDay)))}
	for o.customer%3 == 0 { // a third of the customers has no orders
		o.customer = r.between(1, d.customers)
	}
	o.priority, o.clerk, o.comment = r.pick(priorities), d.clerk(r), d.prose.piece(r, 19, 78)
	open := 0
	total := int64(0) // in millionths
	for range r.between(1, 7) {
		l := d.line(r, o.day)
		if l.status == 'O' {
			open++
		}
		total += l.price * (100 + l.tax) * (100 - l.discount)
		o.lines = append(o.lines, l)
	}
	o.total = (total + 5000) / 10_000
	switch open {
	case 0:
		o.status = 'F'
	case len(o.lines):
		o.status = 'O'
	default:
		o.status = 'P'
	}
	return o
}

func (d *data) line(r *random, ordered int32) line {
	l := line{part: r.between(1, d.parts), quantity: r.between(1, 50), discount: r.between(0, 10), tax: r.between(0, 8)}
	l.supplier = d.supplierOf(l.part, r.between(0, 3))
	l.price = l.quantity * retailPrice(l.part)
	l.shipped, l.promised = ordered+int32(r.between(1, 121)), ordered+int32(r.between(30, 90))
	l.came = l.shipped + int32(r.between(1, 30))
	l.returned, l.status = 'N', 'F'
	if l.came <= today {
		l.returned = "RA"[r.between(0, 1)]
	}
	if l.shipped > today {
		l.status = 'O'
	}
	l.instruction, l.mode, l.comment = r.pick(instructions), r.pick(modes), d.prose.piece(r, 10, 43)
	return l
}

func writeOrder(d *data, unit int64, s sink) { d.order(orderKey(unit, false)).write(s) }

func writeLines(d *data, unit int64, s sink) { d.order(orderKey(unit, false)).writeLines(s) }

func (o *order) write(s sink) {
	s.integer(int32(o.key))
	s.integer(int32(o.customer))
	s.text([]byte{o.status})
	s.money(o.total)
	s.date(o.day)
	s.text([]byte(o.priority))
	s.text(o.clerk)
	s.integer(0)
	s.text(o.comment)
	s.end()
}

func (o *order) writeLines(s sink) {
	for i := range o.lines {
		l := &o.lines[i]
		s.integer(int32(o.key))
		s.integer(int32(l.part))
		s.integer(int32(l.supplier))
		s.integer(int32(i + 1))
		s.money(100 * l.quantity)
		s.money(l.price)
		s.money(l.discount)
		s.money(l.tax)
		s.text([]byte{l.returned})
		s.text([]byte{l.status})
		s.date(l.shipped)
		s.date(l.promised)
		s.date(l.came)
		s.text([]byte(l.instruction))
		s.text([]byte(l.mode))
		s.text(l.comment)
		s.end()
	}
}
