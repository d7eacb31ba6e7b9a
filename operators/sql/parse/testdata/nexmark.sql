CREATE TABLE nexmark (
  event_type int,
  person ROW<id BIGINT, name VARCHAR, emailAddress VARCHAR, city VARCHAR, state VARCHAR, `dateTime` TIMESTAMP(3), extra VARCHAR>,
  auction ROW<id BIGINT, itemName VARCHAR, initialBid BIGINT, expires TIMESTAMP(3), seller BIGINT>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR>,
  `dateTime` AS CASE WHEN event_type = 0 THEN (person).`dateTime` ELSE (auction).expires END,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH ('connector' = 'generator', 'rows' = 10000000, first.event.rate = 1e6);
CREATE VIEW bid AS SELECT (bid).auction, (bid).bidder, (bid).price, `dateTime` FROM nexmark WHERE event_type = 2;
CREATE MATERIALIZED VIEW people (id, name) AS SELECT (person).id, (person).name FROM nexmark WHERE event_type = 0;
-- q0
INSERT INTO q0 SELECT auction, bidder, price, `dateTime`, extra FROM bid;
-- q1
INSERT INTO q1 SELECT auction, bidder, 0.908 * price as price, `dateTime`, extra FROM bid;
-- q2
SELECT auction, price INTO q2 FROM bid WHERE MOD(auction, 123) = 0;
-- q3
SELECT P.name, P.city, P.state, A.id INTO q3 FROM auction AS A INNER JOIN person AS P ON A.seller = P.id
WHERE A.category = 10 AND (P.state = 'OR' OR P.state = 'ID' OR P.state = 'CA');
-- q4
SELECT Q.category, AVG(Q.final) INTO q4 FROM (
  SELECT MAX(B.price) AS final, A.category FROM auction A, bid B
  WHERE A.id = B.auction AND B.`dateTime` BETWEEN A.`dateTime` AND A.expires GROUP BY A.id, A.category) Q
GROUP BY Q.category;
-- q5
SELECT AuctionBids.auction, AuctionBids.num INTO q5 FROM (
  SELECT auction, count(*) AS num, window_start AS starttime, window_end AS endtime
  FROM HOP(bid, `dateTime`, '2 SECONDS', '10 SECONDS') GROUP BY auction, window_start, window_end) AS AuctionBids
JOIN (SELECT max(CountBids.num) AS maxn, CountBids.starttime, CountBids.endtime FROM (
    SELECT count(*) AS num, window_start AS starttime, window_end AS endtime
    FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
    GROUP BY auction, window_start, window_end) AS CountBids
  GROUP BY CountBids.starttime, CountBids.endtime) AS MaxBids
ON AuctionBids.starttime = MaxBids.starttime AND AuctionBids.endtime = MaxBids.endtime AND AuctionBids.num >= MaxBids.maxn;
-- q6
SELECT Q.seller, AVG(Q.final) OVER (PARTITION BY Q.seller ORDER BY Q.`dateTime` ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) INTO q6
FROM (SELECT MAX(B.price) AS final, A.seller, B.`dateTime` FROM auction AS A, bid AS B
  WHERE A.id = B.auction AND B.`dateTime` BETWEEN A.`dateTime` AND A.expires GROUP BY A.id, A.seller, B.`dateTime`) AS Q;
-- q7
SELECT B.auction, B.price, B.bidder, B.`dateTime`, B.extra INTO q7 FROM bid B
JOIN (SELECT MAX(price) AS maxprice, window_end AS `dateTime`
  FROM TUMBLE(bid, `dateTime`, '10 SECONDS') GROUP BY window_start, window_end) B1
ON B.price = B1.maxprice
WHERE B.`dateTime` BETWEEN B1.`dateTime` - INTERVAL '10' SECOND AND B1.`dateTime`;
-- q8
SELECT P.id, P.name, P.starttime INTO q8
FROM (SELECT P.id, P.name, window_start AS starttime, window_end AS endtime FROM TUMBLE(person, `dateTime`, '10 SECONDS') P
  GROUP BY P.id, P.name, window_start, window_end) P
JOIN (SELECT A.seller, window_start AS starttime, window_end AS endtime
  FROM TABLE(TUMBLE(TABLE auction, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND)) A
  GROUP BY A.seller, window_start, window_end) A
ON P.id = A.seller AND P.starttime = A.starttime AND P.endtime = A.endtime;
-- q9
SELECT id, itemName, auction, bidder, price INTO q9 FROM (
  SELECT A.*, B.auction, B.bidder, B.price,
    ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC, B.`dateTime` ASC) AS rownum
  FROM auction A, bid B WHERE A.id = B.auction AND B.`dateTime` BETWEEN A.`dateTime` AND A.expires)
WHERE rownum <= 1;
-- q10
SELECT auction, bidder, price, `dateTime`, extra, TO_CHAR(`dateTime`, '%Y-%m-%d') AS dt, TO_CHAR(`dateTime`, '%H:%M') AS hm INTO q10 FROM bid;
-- q11
SELECT B.bidder, count(*) as bid_count, window_start as starttime, window_end as endtime INTO q11
FROM SESSION(bid, `dateTime`, '10 SECONDS') B GROUP BY B.bidder, window_start, window_end;
SELECT bidder, count(*) as bid_count, SESSION_START(`dateTime`, INTERVAL '10' SECOND) as starttime INTO q11b
FROM bid GROUP BY bidder, SESSION(`dateTime`, INTERVAL '10' SECOND);
-- q12
SELECT bidder, count(*) as bid_count, window_start, window_end INTO q12
FROM (SELECT *, NOW() as p_time FROM bid) B, TUMBLE(B, p_time, '10 SECONDS') W GROUP BY bidder, window_start, window_end;
-- q13
SELECT B.auction, B.bidder, B.price, B.`dateTime`, S.value INTO q13
FROM (SELECT *, NOW() as p_time FROM bid) AS B JOIN side_input FOR SYSTEM_TIME AS OF B.p_time AS S ON mod(B.auction, 10000) = S.key;
-- q14
SELECT auction, bidder, 0.908 * price as price,
  CASE WHEN EXTRACT(HOUR FROM `dateTime`) >= 8 AND EXTRACT(HOUR FROM `dateTime`) <= 18 THEN 'dayTime'
    WHEN HOUR(`dateTime`) <= 6 OR HOUR(`dateTime`) >= 20 THEN 'nightTime' ELSE 'otherTime' END AS bidTimeType,
  `dateTime`, extra, count_char(extra, 'c') AS c_counts
INTO q14 FROM bid WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000;
-- q15
SELECT TO_CHAR(`dateTime`, '%Y-%m-%d') as day, count(*) AS total_bids,
  count(*) filter (where price < 10000) AS rank1_bids,
  count(*) filter (where price >= 10000 and price < 1000000) AS rank2_bids,
  count(distinct bidder) filter (where price < 10000) AS rank1_bidders,
  count(distinct auction) AS total_auctions
INTO q15 FROM bid GROUP BY TO_CHAR(`dateTime`, '%Y-%m-%d');
-- q16
SELECT channel, TO_CHAR(`dateTime`, '%Y-%m-%d') as day, max(TO_CHAR(`dateTime`, '%H:%M')) as minute, count(*) AS total_bids,
  count(distinct bidder) filter (where price >= 1000000) AS rank3_bidders
INTO q16 FROM bid GROUP BY channel, TO_CHAR(`dateTime`, '%Y-%m-%d');
-- q17
SELECT auction, TO_CHAR(`dateTime`, '%Y-%m-%d') as day, count(*) AS total_bids, min(price) AS min_price, max(price) AS max_price,
  avg(price) AS avg_price, sum(price) AS sum_price
INTO q17 FROM bid GROUP BY auction, TO_CHAR(`dateTime`, '%Y-%m-%d');
-- q18
SELECT auction, bidder, price, channel, url, `dateTime`, extra INTO q18
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY `dateTime` DESC) AS rank_number FROM bid)
WHERE rank_number <= 1;
-- q19
SELECT * INTO q19 FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS rank_number FROM bid) WHERE rank_number <= 10;
-- q20
SELECT auction, bidder, price, channel, url, B.`dateTime`, B.extra, itemName, A.`dateTime` as ADateTime, seller, category INTO q20
FROM bid AS B INNER JOIN auction AS A on B.auction = A.id WHERE A.category = 10;
-- q21
SELECT auction, bidder, price, channel,
  CASE WHEN lower(channel) = 'apple' THEN '0' WHEN lower(channel) = 'google' THEN '1'
    ELSE REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2) END AS channel_id
INTO q21 FROM bid
WHERE REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2) is not null or lower(channel) in ('apple', 'google', 'facebook', 'baidu');
-- q22
SELECT auction, bidder, price, channel, SPLIT_INDEX(url, '/', 3) as dir1, SPLIT_INDEX(url, '/', 4) as dir2 INTO q22 FROM bid;
