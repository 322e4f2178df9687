package highhelptest

import (
	"errors"
	"sync"
)

// A shipFault is how shipping fails, once.
type shipFault uint8

const (
	shipsWell shipFault = iota
	shipFails
	shipPanics
)

// errShip is what Ship fails with if it is to fail.
var errShip = errors.New("highhelptest: shipping fails this time, on purpose")

// ships are what was shipped, by order.
type ships struct {
	mu     sync.Mutex
	count  map[string]int
	faults map[string]shipFault
}

// Ship is for an application to call where it ships an order: it counts. Under
// [Survive] it fails, or panics, where that is the fault that is tried.
func (s *ships) Ship(orderID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := s.faults[orderID]
	delete(s.faults, orderID)
	switch fault {
	case shipFails:
		return errShip
	case shipPanics:
		panic(errShip)
	}
	if s.count == nil {
		s.count = map[string]int{}
	}
	s.count[orderID]++
	return nil
}

// Shipped returns how often Ship has shipped an order.
func (s *ships) Shipped(orderID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[orderID]
}

// fail makes the next Ship of an order fail.
func (s *ships) fail(orderID string, f shipFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults == nil {
		s.faults = map[string]shipFault{}
	}
	s.faults[orderID] = f
}
