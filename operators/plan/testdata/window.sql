select window_start, count(*) n, max(total_amount) best into x from tumble(orders, order_date, '5 MINUTES') t where customer_id > 7 and window_start > '2022-01-01' group by window_start, window_end
----
view x (window_start, n, best), key window_start
  compute window_start, count(*), max, about 1.5 M rows
    aggregate count(*), max(total_amount) by window_start, window_end, about 1.5 M rows
        keeps a row for each group: about 59 M bytes
        keeps the values of its groups in order: about 140 M bytes
      where window_start > TIMESTAMP '2022-01-01T00:00:00Z', compute window_start, window_end, total_amount, about 4.4 M rows
        windows of 5m0s by order_date, about 11 M rows
          where customer_id > 7, compute order_date, total_amount, about 11 M rows
            scan orders (customer_id, order_date, total_amount), about 11 M rows
====
select order_id, window_start, window_end into x from hop(orders, order_date, '1 HOUR', '1 DAY')
----
view x (order_id, window_start, window_end), key order_id, window_start
  compute order_id, window_start, window_end, about 260 M rows
    windows of 24h0m0s every 1h0m0s by order_date, about 260 M rows
      scan orders (order_id, order_date), about 11 M rows
====
select t.* into x from tumble(table orders, descriptor(order_date), interval '10' second) t
----
view x (order_id, customer_id, order_date, total_amount, window_start, window_end), key order_id
  windows of 10s by order_date, about 11 M rows
    scan orders (order_id, customer_id, order_date, total_amount), about 11 M rows
====
select * into a from tumble(orders, order_id, '5 MINUTES');
select * into b from tumble(orders, order_dat, '5 MINUTES');
select * into c from tumble(orders, order_date, '5 WEEKS');
select * into d from tumble(orders, order_date + 1, '5 MINUTES');
select * into e from hop(orders, order_date, '5 MINUTES');
select * into f from hop(orders, order_date, '10 MINUTES', '5 MINUTES');
select * into g from hop(orders, order_date, size => '10 MINUTES', hop => '5 MINUTES');
select * into h from session(orders, order_date, '10 MINUTES')
----
sql:1:37: E2026: the time of TUMBLE is a timestamp, and "order_id" is int32; CAST it in a derived table
sql:2:37: E2002: unknown column "order_dat"; did you mean "order_date"?
sql:4:37: E2026: the time of TUMBLE is no column; compute it in a derived table
sql:5:22: E2025: HOP takes a table, its time and a hop and a size; write HOP(table, time, '1 MINUTE', '5 MINUTES')
sql:6:60: E2027: the size of a HOP is less than its hop; the hop comes first
sql:7:22: E2025: HOP takes a table, its time and a hop and a size; write HOP(table, time, '1 MINUTE', '5 MINUTES')
sql:8:22: E2900: the table function SESSION is not supported yet
