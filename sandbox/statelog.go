package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
)

// savedDelivery is a line of the log file. Its Err takes the place of that of
// Delivery.
type savedDelivery struct {
	Delivery
	Err string
}

// keep puts d into the log, with an ID, and tells everybody of it.
func (g *Gateway) keep(ctx context.Context, d Delivery) Delivery {
	if g.state == nil {
		d = g.journal.add(d)
	} else if err := g.keepLine(&d); err != nil {
		g.cfg.Logger.LogAttrs(ctx, slog.LevelError, "sandbox: state: "+err.Error())
	}
	g.logDelivery(ctx, d)
	if g.report != nil {
		g.report(d)
	}
	return d
}

// keepLine also appends d to the log file, in the order of the IDs, and drops
// old lines now and then.
func (g *Gateway) keepLine(d *Delivery) error {
	s := g.state
	s.log.Lock()
	defer s.log.Unlock()
	*d = g.journal.add(*d)
	if s.lines >= 2*maxJournal {
		rows := g.journal.list() // d is among them
		data, err := lines(rows)
		if err == nil {
			err = s.replace(logFile, logFile+".new", data)
		}
		if err == nil {
			s.lines = len(rows)
		}
		return err
	}
	data, err := lines([]Delivery{*d})
	if err != nil {
		return err
	}
	s.lines++
	return s.extend(logFile, data)
}

func lines(rows []Delivery) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	for _, d := range rows {
		line := savedDelivery{Delivery: d}
		if d.Err != nil {
			line.Err = d.Err.Error()
		}
		if err := encoder.Encode(line); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// readLog reads the log file. Its last line may be torn.
func (g *Gateway) readLog(s *state) error {
	data, err := s.read(logFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) < len(data) {
		if err := s.replace(logFile, logFile+".new", whole); err != nil {
			return err
		}
	}
	for line := range bytes.Lines(whole) {
		var saved savedDelivery
		if err := json.Unmarshal(line, &saved); err != nil {
			return fmt.Errorf("%s: line %d: %w", logFile, s.lines+1, err)
		}
		g.journal.restore(saved.delivery())
		s.lines++
	}
	return nil
}

func (s *savedDelivery) delivery() Delivery {
	d := s.Delivery
	switch s.Err {
	case "":
	case ErrDropped.Error():
		d.Err = ErrDropped
	case ErrCutOff.Error():
		d.Err = ErrCutOff
	case ErrHungUp.Error():
		d.Err = ErrHungUp
	default:
		d.Err = errors.New(s.Err)
	}
	return d
}
