select window_start, count(*) n, max(total_amount) best into x from tumble(orders, order_date, '5 MINUTES') t where customer_id > 7 and window_start > '2022-01-01' group by window_start, window_end
----
view x (window_start, n, best), key window_start
  compute window_start, count(*), max, about 590 k rows
    aggregate count(*), max(total_amount) by window_start, window_end, about 590 k rows
        keeps a row for each group: about 23 M bytes
        keeps the values of its groups in order: about 56 M bytes
      where window_start > TIMESTAMP '2022-01-01T00:00:00Z', compute window_start, window_end, total_amount, about 1.8 M rows
        windows of 5m0s by order_date, about 4.4 M rows
          where customer_id > 7, compute order_date, total_amount, about 4.4 M rows
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
====
select customer_id, window_start, window_end, count(*) n into x from session(orders, order_date, '10 MINUTES', customer_id) group by customer_id, window_start, window_end having customer_id > 5
----
view x (customer_id, window_start, window_end, n), key customer_id, window_start
  aggregate count(*) by customer_id, window_start, window_end, about 3.7 M rows
      keeps a row for each group: about 130 M bytes
    compute customer_id, window_start, window_end, about 11 M rows
      sessions with gaps of 10m0s by order_date for each customer_id, about 11 M rows
          keeps its input by partition and time: about 88 M bytes
        where customer_id > 5, compute customer_id, order_date, about 4.4 M rows
          scan orders (customer_id, order_date), about 11 M rows
====
select s.window_end, max(total_amount) m into x from session(table orders partition by customer_id, descriptor(order_date), interval '10' second) s where total_amount > 3 and customer_id <> 7 group by customer_id, window_start, window_end;
select window_end, count(*) n into y from session(table orders, descriptor(order_date), descriptor(customer_id), interval '1 week') group by 1;
select order_id, window_start into z from session((select * from orders where total_amount > 1) , order_date, '1.5 SECONDS', customer_id, order_id) where order_id > 1
----
view x (window_end, m), key none: equal rows are counted
  compute window_end, max, about 1.5 M rows
    aggregate max(total_amount) by customer_id, window_start, window_end, about 1.5 M rows
        keeps a row for each group: about 53 M bytes
        keeps the values of its groups in order: about 160 M bytes
      where total_amount > 3, compute customer_id, window_start, window_end, total_amount, about 4.4 M rows
        sessions with gaps of 10s by order_date for each customer_id, about 11 M rows
            keeps its input by partition and time: about 280 M bytes
          where customer_id <> 7, compute customer_id, order_date, total_amount, about 9.9 M rows
            scan orders (customer_id, order_date, total_amount), about 11 M rows
view y (window_end, n), key window_end
  aggregate count(*) by window_end, about 3.7 M rows
      keeps a row for each group: about 88 M bytes
    compute window_end, about 11 M rows
      sessions with gaps of 168h0m0s by order_date for each customer_id, about 11 M rows
          keeps its input by partition and time: about 220 M bytes
        scan orders (customer_id, order_date), about 11 M rows
view z (order_id, window_start), key order_id
  compute order_id, window_start, about 1.8 M rows
    sessions with gaps of 1.5s by order_date for each customer_id, order_id, about 1.8 M rows
        keeps its input by partition and time: about 42 M bytes
      where total_amount > 1 and order_id > 1, compute order_id, customer_id, order_date, about 1.8 M rows
        scan orders (order_id, customer_id, order_date, total_amount), about 11 M rows
====
select order_id, window_start, window_end into x from cumulate(table orders, descriptor(order_date), interval '10' minute, interval '1' hour);
select order_id, window_start into y from hop(data => table orders, timecol => descriptor(order_date), slide => interval '4' minute, size => interval '10' minute)
----
view x (order_id, window_start, window_end), key order_id, window_end
  compute order_id, window_start, window_end, about 66 M rows
    windows of 10m0s and so on to 1h0m0s by order_date, about 66 M rows
      #1 scan orders (order_id, order_date), about 11 M rows
view y (order_id, window_start), key order_id, window_start
  compute order_id, window_start, about 33 M rows
    windows of 10m0s every 4m0s by order_date, about 33 M rows
      #1, see above
====
select * into a from session(orders, order_date);
select * into b from session(orders, order_date, '1 HOUR', order_date);
select * into c from session(orders, order_date, '1 HOUR', customer_id + 1);
select * into d from session(orders, order_date, '1 HOUR', nobody)
----
sql:1:22: E2025: SESSION takes a table, its time, a gap, and columns that divide it; write SESSION(table, time, '5 MINUTES', key)
sql:2:60: E2026: a SESSION cannot be divided by its time; name other columns, or none
sql:3:60: E2026: a SESSION is divided by columns, and this is none; compute it in a derived table
sql:4:60: E2002: unknown column "nobody"; known here: order_id, customer_id, order_date, total_amount
