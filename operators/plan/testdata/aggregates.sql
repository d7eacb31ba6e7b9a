select customer_id, string_agg(order_id, ';' order by total_amount desc) as ids, median(total_amount) as m, stddev(total_amount) as s, max_value(total_amount, order_date) as best, count(distinct order_id, order_date) as d, bool_or(total_amount > 5) filter (where order_id > 7) as b into x from orders group by customer_id
----
view x (customer_id, ids, m, s, best, d, b), key customer_id
  compute customer_id, string_agg, percentile_cont, stddev_samp, first, count, CASE WHEN count > 0 THEN count > 0 END, about 3.7 M rows
    aggregate string_agg(CAST(order_id AS UTF8), ";" order by total_amount desc), percentile_cont(total_amount, "1/2"), stddev_samp(total_amount), first(order_date order by total_amount desc nulls last), count(distinct order_id, order_date), count(CASE WHEN order_id > 7 THEN CASE WHEN total_amount > 5 THEN 1 END END), count(CASE WHEN order_id > 7 THEN total_amount > 5 END) by customer_id, about 3.7 M rows
        keeps a row for each group: about 310 M bytes
        keeps the values of its groups in order: about 720 M bytes
      compute customer_id, CAST(order_id AS UTF8), total_amount, order_date, order_id, CASE WHEN order_id > 7 THEN CASE WHEN total_amount > 5 THEN 1 END END, CASE WHEN order_id > 7 THEN total_amount > 5 END, about 11 M rows
        scan orders (order_id, customer_id, order_date, total_amount), about 11 M rows
====
select customer_id, m into x from (select customer_id, median(total_amount) as m, array_agg(order_id order by order_date desc nulls last) as unused from orders group by rollup (customer_id)) t
----
view x (customer_id, m), key none: equal rows are counted
  union, about 3.7 M rows
    aggregate percentile_cont(total_amount, "1/2") by customer_id, about 3.7 M rows
        keeps a row for each group: about 73 M bytes
        keeps the values of its groups in order: about 220 M bytes
      #1 scan orders (customer_id, total_amount), about 11 M rows
    compute NULL, percentile_cont, about 1 rows
      aggregate percentile_cont(total_amount, "1/2"), about 1 rows
          keeps a row for each group: about 16 bytes
          keeps the values of its groups in order: about 180 M bytes
        compute total_amount, about 11 M rows
          #1, see above
