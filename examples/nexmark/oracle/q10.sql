SELECT auction, bidder, price, dateTime, extra, {day} AS day, {minute} AS minute FROM bid
