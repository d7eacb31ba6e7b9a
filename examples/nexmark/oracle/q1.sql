-- 0.908 * price, in thousandths
SELECT auction, bidder, 908 * price AS price, dateTime, extra FROM bid
