-- Finds a waiting launch by the ID of the request that began it, and lists the newest ones first.
CREATE INDEX waiting_launch_by_request ON pending_launch (launch ->> '$.request_id');
