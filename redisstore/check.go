package redisstore

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// A Setting is one thing that the store needs of a server.
type Setting struct {
	Addr  string   // of the server
	Name  string   // as in redis.conf
	Value string   // as the server has it; "" if it does not say, as many hosted ones don't
	Want  []string // the values that are safe
}

// A SettingError is a setting that is known to be unsafe.
type SettingError struct{ Setting }

// Error names the server, the setting, and what it should be.
func (e *SettingError) Error() string {
	return fmt.Sprintf("redisstore: server %s has %s %s, payments need %s", e.Addr, e.Name, e.Value, strings.Join(e.Want, " or "))
}

// Check finds out whether the servers are safe for payments. Its error joins a
// [*SettingError] for each setting that is known not to be. With
// Options.WaitAOF, a server that can't wait is [ErrNotDurable].
//
// A setting that a server does not tell is no error: see [Store.Settings].
//
// Call it when the program starts. No other method does: a store whose server
// may forget goes on working.
func (s *Store) Check(ctx context.Context) error {
	found, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	errs := []error{s.canWait(ctx, s.space("").clock())}
	for _, setting := range found {
		if setting.Value != "" && !slices.Contains(setting.Want, setting.Value) {
			errs = append(errs, &SettingError{setting})
		}
	}
	return errors.Join(errs...)
}

// Settings asks every server, replicas in a cluster included, for what the
// store needs of it, safe or not.
func (s *Store) Settings(ctx context.Context) ([]Setting, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	found, err := s.settings(ctx)
	if err != nil {
		return nil, failure(ctx, "settings", err)
	}
	return found, nil
}

func (s *Store) settings(ctx context.Context) (all []Setting, err error) {
	switch client := s.client.(type) {
	case *redis.Client:
		return settingsOf(ctx, client.Options().Addr, client)
	case *redis.ClusterClient:
		var mu sync.Mutex
		err = client.ForEachShard(ctx, func(ctx context.Context, node *redis.Client) error {
			found, err := settingsOf(ctx, node.Options().Addr, node)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, found...)
			return err
		})
		slices.SortStableFunc(all, func(a, b Setting) int { return cmp.Compare(a.Addr, b.Addr) })
		return all, err
	}
	return settingsOf(ctx, "", s.client)
}

// settingsOf asks one server. An answer that is an error is a refusal to tell.
func settingsOf(ctx context.Context, addr string, server redis.Cmdable) ([]Setting, error) {
	info, err := server.Info(ctx).Result()
	if open(err) {
		return nil, err
	}
	config, err := server.ConfigGet(ctx, "appendfsync").Result()
	if open(err) {
		return nil, err
	}
	return []Setting{
		{addr, "maxmemory-policy", infoField(info, "maxmemory_policy"), []string{"noeviction"}},
		{addr, "appendonly", yesNo[infoField(info, "aof_enabled")], []string{"yes"}},
		{addr, "appendfsync", config["appendfsync"], []string{"always", "everysec"}},
	}, nil
}

// yesNo turns what INFO says into what redis.conf says.
var yesNo = map[string]string{"1": "yes", "0": "no"}

// infoField finds a line "name:value".
func infoField(info, name string) string {
	lines := bufio.NewScanner(strings.NewReader(info))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			return value
		}
	}
	return ""
}
