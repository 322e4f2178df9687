package redisstore

import (
	"errors"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/redis/go-redis/v9"
)

// Options are what can be chosen. The zero Options are ready to use.
type Options struct {
	// Prefix begins the name of every key, so that several shops can share a
	// server. It has no braces. Nothing else may write under it.
	// Default: "highhelp".
	Prefix string

	// Lease is how long a payment stays busy after its holder has died, at
	// least 100 ms. A holder that lives renews it three times in that time. So
	// a short lease frees a payment sooner, and a long one forgives longer
	// stalls. Default: 10 s.
	Lease time.Duration

	// JournalAge is how long deliveries are kept at least, at least 1 ms;
	// payments are kept for ever. Default: until Prune is asked to delete them.
	JournalAge time.Duration

	// JournalLen is how many deliveries of a project are kept at least, even
	// if they are younger than JournalAge. It bounds what strangers who post
	// to the callback URLs can fill. Default: no bound.
	JournalLen int64

	// WaitAOF lets every save, Insert and Record wait until it is on the disk
	// of the primary, in the append-only file, and fail with [ErrNotDurable]
	// if that takes longer, at least 1 ms. It needs Redis 7.2 or Valkey. With
	// appendfsync everysec each write takes up to a second. Default: no wait.
	WaitAOF time.Duration

	// WaitReplicas is on how many replicas' disks a write must be as well. It
	// needs WaitAOF. Default: none.
	WaitReplicas int
}

const (
	defaultPrefix = "highhelp"
	defaultLease  = 10 * time.Second
	minLease      = 100 * time.Millisecond
)

// A validator collects the mistakes of an Options and its client.
type validator struct{ errs []error }

func (v *validator) check(ok bool, field, reason string) {
	if !ok {
		v.errs = append(v.errs, &highhelp.ConfigError{Field: "redisstore." + field, Reason: reason})
	}
}

func (v *validator) options(o *Options) {
	v.check(!strings.ContainsAny(o.Prefix, "{}"), "Options.Prefix", "holds a brace, which would move its keys apart in a cluster")
	v.check(o.Lease >= minLease, "Options.Lease", "shorter than 100 ms")
	v.check(o.JournalAge == 0 || o.JournalAge >= time.Millisecond, "Options.JournalAge", "shorter than 1 ms")
	v.check(o.JournalLen >= 0, "Options.JournalLen", "negative")
	v.check(o.WaitAOF == 0 || o.WaitAOF >= time.Millisecond, "Options.WaitAOF", "shorter than 1 ms")
	v.check(o.WaitReplicas >= 0, "Options.WaitReplicas", "negative")
	v.check(o.WaitReplicas <= 0 || o.WaitAOF > 0, "Options.WaitReplicas", "needs WaitAOF")
}

// client refuses what would break a promise. Clients of other types, such as
// wrapped ones, are taken at their word.
func (v *validator) client(client redis.UniversalClient) {
	const deaf = "ContextTimeoutEnabled is not set: a call could not end with its context"
	switch c := client.(type) {
	case nil:
		v.check(false, "New", "no client")
	case *redis.Client:
		o := c.Options()
		v.check(o.ContextTimeoutEnabled, "New", deaf)
		v.check(o.ClientSideCache == nil && o.ClientSideCacheConfig == nil, "New", "the client caches: it would read payments that are not the newest")
	case *redis.ClusterClient:
		o := c.Options()
		v.check(o.ContextTimeoutEnabled, "New", deaf)
		v.check(!o.ReadOnly && !o.RouteByLatency && !o.RouteRandomly, "New", "the client reads from replicas: it would read payments that are not the newest")
	case *redis.Ring:
		v.check(false, "New", "a Ring takes the keys of a server that fails to another, where its payments are unknown; use Cluster or Sentinel")
	}
}

// complete checks what was chosen and fills in the rest.
func complete(client redis.UniversalClient, o Options) (Options, error) {
	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	var v validator
	v.client(client)
	v.options(&o)
	return o, errors.Join(v.errs...)
}
