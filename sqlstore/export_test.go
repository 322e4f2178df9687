package sqlstore

// Hot are the statements whose cost must not depend on how much is stored, as
// the database gets them.
func (s *Store) Hot() map[string]string {
	return map[string]string{
		"payment": s.q.payment, "raise": s.q.raise, "save": s.q.save, "pending": s.q.pending,
		"shrinkable": s.q.shrinkable, "forget": s.q.forget,
		"newest": s.q.deliveries + ` ORDER BY received_at DESC, id DESC LIMIT 100`,
		"order":  s.q.deliveries + numbered(s.dialect, ` AND order_id = ? ORDER BY received_at DESC, id DESC LIMIT 100`, 2),
		"next page": s.q.deliveries + numbered(s.dialect,
			` AND received_at <= ? AND (received_at < ? OR id < ?) ORDER BY received_at DESC, id DESC LIMIT 100`, 2),
	}
}
