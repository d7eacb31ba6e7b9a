package main

// filesPerTable is how many files a table has, at every scale.
const filesPerTable = 8

// table is one of the four tables to make.
type table struct {
	name    string
	rows    int64
	group   int64 // rows of a row group, at most
	columns []column
}

// tables returns the four tables at the wanted scale.
func tables(o options) []table {
	size := func(rows float64) int64 { return max(1, int64(rows*o.scale+0.5)) }
	customers, orders, items, products := size(11e6), size(11e6), size(100e6), size(16e6)
	list := []table{
		{name: "customers", rows: customers, group: 1 << 18, columns: []column{
			serial("customer_id"), twoWords("name"), email("email"), address("address"), in2022("created_at"),
		}},
		{name: "orders", rows: orders, group: 1 << 19, columns: []column{
			serial("order_id"), references("customer_id", customers, o), in2022("order_date"), money("total_amount", 1, 5000),
		}},
		{name: "order_items", rows: items, group: 1 << 20, columns: []column{
			serial("order_item_id"), references("order_id", orders, o), references("product_id", products, o),
			between("quantity", 1, 10), money("price", 1, 1000),
		}},
		{name: "products", rows: products, group: 1 << 17, columns: []column{
			serial("product_id"), twoWords("name"), oneOf("category", o.seed, 100), money("price", 1, 1000), in2022("created_at"),
			noise("special"), noise("brand"), noise("description"), noise("warranty"),
			noise("quantity"), noise("weight"), noise("color"), noise("size"),
			noise("material"), noise("country"), noise("upc"), noise("variants"),
			noise("supplier"), noise("availability"), noise("rating"), noise("release_date"),
		}},
	}
	for i := range list {
		// Several row groups a file, also when the file is small.
		t := &list[i]
		t.group = min(t.group, max(1, (t.rows/filesPerTable+3)/4))
	}
	return list
}

// rowsOf returns the first row of file i and the first behind it.
func (t table) rowsOf(i int) (from, to int64) {
	return t.rows * int64(i) / filesPerTable, t.rows * int64(i+1) / filesPerTable
}
