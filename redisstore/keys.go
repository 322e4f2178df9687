package redisstore

import "net/url"

// A space is where the keys of one project begin. They share a hash tag, so
// that a cluster keeps them on one node, where one script can work on them:
//
//	PREFIX:{PROJECT}:payment:ORDER   hash: payment, version, fence, holder, saver, check, settled
//	PREFIX:{PROJECT}:lease:ORDER     string: the holder's token; ends by itself
//	PREFIX:{PROJECT}:pending         sorted set: orders by CheckAt, in microseconds
//	PREFIX:{PROJECT}:settled         sorted set: orders by UpdatedAt that can become tombstones
//	PREFIX:{PROJECT}:journal         stream: deliveries; JournalAge and JournalLen bound it
//	PREFIX:{PROJECT}:journal:ORDER   list: ids of the order's deliveries; ends by itself with JournalAge
//	PREFIX:{PROJECT}:clock           hash: how far the application's clock was from the server's
//
// ORDER is last, so it may hold any bytes.
type space string

// space writes the project as in a URL: no brace in it can end the tag, and
// two projects never share one. An empty tag would be none, so the empty
// project is written as what no other can be.
func (s *Store) space(projectID string) space {
	tag := url.PathEscape(projectID)
	if tag == "" {
		tag = "%"
	}
	return space(s.options.Prefix + ":{" + tag + "}:")
}

func (s space) payment(order string) string { return string(s) + "payment:" + order }
func (s space) lease(order string) string   { return string(s) + "lease:" + order }
func (s space) pending() string             { return string(s) + "pending" }
func (s space) settled() string             { return string(s) + "settled" }
func (s space) journal() string             { return string(s) + "journal" }
func (s space) clock() string               { return string(s) + "clock" }

// list is the key of an order's deliveries. Those that name no order, because
// they were refused, have no list: then it is the journal's own key.
func (s space) list(order string) string {
	if order == "" {
		return s.journal()
	}
	return s.journal() + ":" + order
}
